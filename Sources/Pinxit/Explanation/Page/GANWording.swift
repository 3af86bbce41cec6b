/// What the page of a GAN's picture says, in one language.
struct GANWording: Sendable {
    let introduction: String
    let words: String
    let wordsMeaning: String
    let without: String
    let levels: String
    let looks: String
    let looksMeaning: String
    let looksHint: String
    let cells: String
    let walks: String
    let walksMeaning: String
    let noWalks: String
    let truncation: String
    let seed: String
    let changes: String
    let otherSentences: String
    let otherSeeds: String
    let tokensMeaning: String
    let share: String
}

extension GANWording {
    init(_ language: ExplanationLanguage) {
        self = language == .chinese ? .chinese : .english
    }

    // swift-format-ignore
    static let english = GANWording(
        introduction: "Pinxit painted this picture from the words below, in one pass of a GAN. The page shows what each word and chance did to it. It needs nothing else: save it, mail it, open it from disk.",
        words: "What each word changed",
        wordsMeaning: "A GAN does not look at single words: the sentence becomes one list of numbers, which every layer is given. So the same noise was painted again without each word. Bright is where the picture then changes the most, each map on its own scale; the percentage says how much of all these changes a word made.",
        without: "without",
        levels: "of 255 levels",
        looks: "What it looked at of itself",
        looksMeaning: "On two sizes of its inner maps each place may look at all others before painting goes on (self-attention), so that what is far apart fits together. Bright is what the part you point at looked at the most: the mean over all heads.",
        looksHint: "Point at a part of the picture, or choose it.",
        cells: "cells",
        walks: "The walk through chance",
        walksMeaning: "Noise decides what words leave open. First from no noise, which gives the picture that this sentence always has, to this picture’s; then on an arc to the noise of the next seed. The sentence stays.",
        noWalks: "A truncation of 0 leaves no noise: nothing was left to chance.",
        truncation: "truncation",
        seed: "seed",
        changes: "How much a pixel changes in the mean, with eight other sentences and the same noise, and with eight other seeds and the same sentence:",
        otherSentences: "other sentences",
        otherSeeds: "other seeds",
        tokensMeaning: "The model reads numbers, not words: this is how the sentence was cut. A word of several tokens is left out as a whole; each of them has an equal part.",
        share: "change")

    // swift-format-ignore
    static let chinese = GANWording(
        introduction: "Pinxit 按下面的文字，用 GAN 一遍画出这张图。本页展示每个词和偶然各自做了什么。网页不依赖任何其他文件：可以保存、发送，直接从磁盘打开。",
        words: "每个词改变了什么",
        wordsMeaning: "GAN 不看单个的词：整句话变成一串数，交给每一层。所以用同样的噪声，每次去掉一个词再画一遍。亮处是去掉它之后图变得最多的地方，每张热力图有自己的刻度；百分数表示这个词带来的改变占全部的多少。",
        without: "去掉",
        levels: "级（共 255 级）",
        looks: "图看了自己的哪里",
        looksMeaning: "在两种大小的内部特征图上，每一处在继续之前都可以看其他所有地方（自注意力），这样相隔很远的部分才能配合。亮处是所指的部分看得最多的地方：各个头的平均。",
        looksHint: "指向或点选图的一部分。",
        cells: "格",
        walks: "穿过偶然的路",
        walksMeaning: "文字没有说的，由噪声决定。先从没有噪声（这句话总是得到的图）走到这张图的噪声；再沿弧线走到下一个种子的噪声。句子不变。",
        noWalks: "截断为 0，没有噪声：没有什么是偶然的。",
        truncation: "截断",
        seed: "种子",
        changes: "每个像素平均改变多少：噪声不变、换八个句子；句子不变、换八个种子：",
        otherSentences: "换句子",
        otherSeeds: "换种子",
        tokensMeaning: "模型读的是数字而不是词：句子是这样切开的。由几个词元组成的词是整个去掉的，每个词元各占相等的一份。",
        share: "改变")
}

extension ExplanationWording {
    /// With what is said differently of a GAN's picture.
    func said(of gan: GANWording) -> ExplanationWording {
        var wording = self
        wording.introduction = gan.introduction
        (wording.words, wording.wordsMeaning) = (gan.words, gan.wordsMeaning)
        wording.tokensMeaning = gan.tokensMeaning
        wording.tokenHeads = tokenHeads.dropLast() + [gan.share]
        return wording
    }
}
