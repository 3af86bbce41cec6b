import PinxitTestSupport
import Testing

@testable import PinxitDatasets

@Suite struct CaptionTests {
    typealias Part = PictureSpec.Part
    static let apple = "1f34e"
    static let dog = "1f436"
    static let cat = "1f431"

    /// Spec, wording, English, Chinese.
    static let cases: [(PictureSpec, Wording, String, String)] = [
        (.init(layout: .single, parts: [Part(object: apple)]), .plain, "an apple", "一个苹果"),
        (
            .init(
                layout: .single, parts: [Part(object: apple, color: .red)], background: .blue),
            .plain, "a red apple on a blue background", "一个红色的苹果，蓝色背景"
        ),
        (
            .init(
                layout: .single, parts: [Part(object: apple, color: .orange)],
                background: .orange), Wording(phrasing: 1),
            "an orange apple with an orange background", "一个橙色苹果，背景是橙色"
        ),
        (
            .init(
                layout: .place(.topLeft, .small), parts: [Part(object: apple, color: .red)],
                background: .blue), .plain,
            "a small red apple at the top left on a blue background", "一个红色的小苹果在左上角，蓝色背景"
        ),
        (
            .init(layout: .place(.center, .medium), parts: [Part(object: apple)], style: .cartoon),
            .plain, "a cartoon of an apple in the center", "一个苹果在中间，卡通画"
        ),
        (
            .init(layout: .place(.left, .small), parts: [Part(object: "1f3ba", color: .blue)]),
            Wording(phrasing: 1), "a small blue trumpet on the left side on a white background",
            "左边有一把很小的蓝色小号，白色背景"
        ),
        (
            .init(layout: .count(2), parts: [Part(object: dog, color: .green)]), .plain,
            "two green dogs", "两只绿色的狗"
        ),
        (
            .init(layout: .count(4), parts: [Part(object: "1f41f")], style: .line), .plain,
            "a line drawing of four fish", "四条鱼的线条画"
        ),
        (
            .init(layout: .count(6), parts: [Part(object: cat)], style: .flat), .plain,
            "a flat drawing of six cats", "六只猫的平面画"
        ),
        (
            .init(layout: .count(5), parts: [Part(object: dog, color: .red)], style: .flat),
            Wording(phrasing: 1), "a flat picture of five red dogs on a white background",
            "五只红色狗的平面画，白色背景"
        ),
        (
            .init(
                layout: .pair(.left),
                parts: [Part(object: dog, color: .red), Part(object: cat, color: .blue)]), .plain,
            "a red dog to the left of a blue cat", "一只红色的狗在一只蓝色的猫的左边"
        ),
        (
            .init(
                layout: .pair(.above), parts: [Part(object: dog), Part(object: cat, color: .red)],
                style: .cartoon), Wording(phrasing: 3),
            "a cartoon drawing of a dog at the top and a red cat at the bottom on a white background",
            "上面是一只狗，下面是一只红色猫，卡通画，白色背景"
        ),
        (
            .init(layout: .pair(.right), parts: [Part(object: dog), Part(object: cat)]),
            Wording(phrasing: 3), "a dog on the right and a cat on the left on a white background",
            "右边是一只狗，左边是一只猫，白色背景"
        ),
        (
            .init(layout: .pair(.beside), parts: [Part(object: dog), Part(object: cat)]),
            Wording(phrasing: 3), "a dog beside a cat on a white background", "一只狗在一只猫旁边，白色背景"
        ),
        (
            .init(layout: .pair(.below), parts: [Part(object: dog), Part(object: "2702")]),
            Wording(synonym: 1, phrasing: 2), "a puppy under a pair of scissors", "一只小狗在一把剪刀下面"
        ),
        (
            .init(layout: .single, parts: [Part(object: "1f3b8")], style: .line), .plain,
            "a line drawing of a guitar", "吉他的线条画"
        ),
        (
            .init(layout: .single, parts: [Part(object: "2702", color: .red)]), .plain,
            "red scissors", "一把红色的剪刀"
        ),
    ]

    @Test(arguments: cases)
    func reads(spec: PictureSpec, wording: Wording, english: String, chinese: String) throws {
        let captions = Captions(try Toys.vocabulary)
        #expect(captions.caption(spec, language: .english, wording: wording) == english)
        #expect(captions.caption(spec, language: .chinese, wording: wording) == chinese)
    }

    @Test func allAreDifferentAndStartPlain() throws {
        let captions = Captions(try Toys.vocabulary)
        let spec = PictureSpec(
            layout: .single, parts: [Part(object: Self.dog, color: .red)], background: .pink)
        let all = captions.all(spec)
        #expect(all.first == "a red dog on a pink background")
        #expect(all.contains("一只红色小狗，背景是粉色"))
        #expect(Set(all).count == all.count)
    }

    @Test func namesWithColoursAreNeverTinted() throws {
        let tintable = Set(try Toys.vocabulary.filter(\.canBeTinted).map(\.english.noun))
        #expect(!tintable.contains("green frog") && !tintable.contains("rainbow"))
        #expect(tintable.contains("apple"))
    }

    @Test(arguments: [
        "1f34e\tcore\ta\tapple", "zz\tcore\ta\tapple\tapples\t-\t个\t苹果\t-",
        "1f34e\tcore\ta\t-\tapples\t-\t个\t苹果\t-", "1f34e\tcore\ta\tapple\tapples\tx/y\t个\t苹果\t-",
        "d800\tcore\ta\tapple\tapples\t-\t个\t苹果\t-",
    ])
    func brokenTablesNameTheLine(line: String) {
        do {
            _ = try ObjectTable.parse("# head\n" + line, file: "objects.tsv")
            Issue.record("accepted: \(line)")
        } catch {
            #expect("\(error)".hasPrefix("objects.tsv:2: "))
        }
    }
}
