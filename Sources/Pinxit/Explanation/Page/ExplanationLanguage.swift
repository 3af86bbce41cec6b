import PinxitFiles

/// The language an explanation is written in.
public enum ExplanationLanguage: String, Sendable, CaseIterable {
    case english = "en"
    case chinese = "zh"

    /// Chinese for a prompt with Chinese characters or a reader whose locale is Chinese.
    ///
    /// - Parameter locale: As POSIX writes it, such as `zh_CN.UTF-8`; nil where nobody says.
    public init(prompt: String, locale: String?) {
        self = HTML.isChinese(prompt) || locale?.hasPrefix("zh") ?? false ? .chinese : .english
    }
}

/// What the page says, in one language.
struct ExplanationWording: Sendable {
    let title: String
    var introduction: String
    let everything: String
    var words: String
    var wordsMeaning: String
    let wordsHint: String
    let way: String
    let wayMeaning: String
    let step: String
    let guidance: String
    let guidanceMeaning: String
    let guidanceShare: String
    let unguided: String
    let choice: String
    let choiceMeaning: String
    let bits: String
    let ofPicture: String
    let tokens: String
    var tokensMeaning: String
    var tokenHeads: [String]
    let start: String
    let end: String
    let padding: String
    let time: String
    let timeMeaning: String
    let stages: [String]
    let seconds: String
    let settings: [String]
    let weighed: String
}

extension ExplanationWording {
    init(_ language: ExplanationLanguage) {
        self = language == .chinese ? .chinese : .english
    }

    // swift-format-ignore
    static let english = ExplanationWording(
        title: "Why the picture looks like this",
        introduction: "Pinxit painted this picture from the words below. The page shows what the model looked at while it painted. It needs nothing else: save it, mail it, open it from disk.",
        everything: "the picture",
        words: "Where each word went",
        wordsMeaning: "While a picture is drawn, each of its parts asks again and again which words concern it. A bright place asked for the chosen word the most, a dark one the least: the mean over all steps and layers. Each map has its own scale, so a word that nothing cared about, such as “a”, shows noise; the percentage says how much of all attention a word got.",
        wordsHint: "Point at a word, or choose it.",
        way: "How it came out of noise",
        wayMeaning: "What the model thought the picture would be after each step. Large forms come first, then colours and edges.",
        step: "step",
        guidance: "What guidance changed",
        guidanceMeaning: "At every step the model predicts twice, with the words and without. Guidance exaggerates the difference. Bright is where it changed the prediction the most.",
        guidanceShare: "guidance",
        unguided: "Nothing was guided: a guidance scale of 1, or a model that needs none.",
        choice: "Where it had a choice",
        choiceMeaning: "The picture is written token by token, from the top left, each drawn from what the model holds likely. Bright is where many codes were likely, dark where only one was: the entropy of what each token was drawn from.",
        bits: "bits a token",
        ofPicture: "the picture’s own tokens before",
        tokens: "Tokens and weights",
        tokensMeaning: "The model reads numbers, not words: this is how the sentence was cut. The start token takes what no word wants, so a large share there is usual. Words behind it also carry what stands before them.",
        tokenHeads: ["place", "token", "number", "weight", "attention"],
        start: "start", end: "end", padding: "padding behind the text",
        time: "Where the time went",
        timeMeaning: "Of this picture; text and encoding are shared by all pictures of a request.",
        stages: ["text", "encoding a picture", "sampling", "decoding", "explaining"],
        seconds: "s",
        settings: ["model", "seed", "size", "steps", "sampler", "guidance scale"],
        weighed: "part of the prompt, weight")

    // swift-format-ignore
    static let chinese = ExplanationWording(
        title: "这张图为什么是这样",
        introduction: "Pinxit 按下面的文字画了这张图。本页展示模型作画时在看什么。网页不依赖任何其他文件：可以保存、发送，直接从磁盘打开。",
        everything: "原图",
        words: "每个词去了哪里",
        wordsMeaning: "作画时，图的每一处都反复在问：哪些词与我有关？亮处最关注所选的词，暗处最少；这是所有步骤和所有层的平均。每张热图有自己的标度，所以没有谁在意的词（如“的”）只显出杂讯；百分数表示这个词得到的注意力占全部的多少。",
        wordsHint: "指向或点选一个词。",
        way: "怎样从噪声中出来",
        wayMeaning: "每一步之后模型认为图会是什么样子。先有大的形状，再有颜色和边缘。",
        step: "步",
        guidance: "引导改变了什么",
        guidanceMeaning: "每一步模型都预测两次：看文字和不看文字。引导把两者的差别放大。亮处是预测被改变最多的地方。",
        guidanceShare: "引导",
        unguided: "没有使用引导：引导强度为 1，或模型不需要它。",
        choice: "哪里还有选择",
        choiceMeaning: "图是从左上角起一个词元一个词元写出来的，每个都从模型认为可能的编码中抽取。亮处有许多编码都可能，暗处只有一个：这是每个词元所抽取的分布的熵。",
        bits: "比特/词元",
        ofPicture: "图自己在前面的词元",
        tokens: "词元与权重",
        tokensMeaning: "模型读的是数字而不是词：句子是这样切开的。开始词元接住没有词要的注意力，所以它占得多是正常的。靠后的词元也带着它前面的内容。",
        tokenHeads: ["位置", "词元", "编号", "权重", "注意力"],
        start: "开始", end: "结束", padding: "文字后面的填充",
        time: "时间花在哪里",
        timeMeaning: "只算这张图；文字和编码由一次请求的所有图共用。",
        stages: ["文字", "编码原图", "采样", "解码", "解释"],
        seconds: "秒",
        settings: ["模型", "种子", "尺寸", "步数", "采样器", "引导强度"],
        weighed: "提示词的一部分，权重")
}
