import PinxitDatasets
import PinxitImages

/// A library of three made-up drawings, so that tests need no fonts.
public enum Toys {
    public static let table = """
        # sequence flags article noun plural synonyms measure chinese synonyms
        1f34e\tcore\tan\tapple\tapples\t-\t个\t苹果\t-
        1f436\tcore\ta\tdog\tdogs\ta/puppy/puppies\t只\t狗\t小狗
        1f431\tcore\ta\tcat\tcats\t-\t只\t猫\t小猫
        1f41f\tcore\ta\tfish\tfish\t-\t条\t鱼\t-
        2702\tcore\t-\tscissors\t-\ta/pair of scissors/-\t把\t剪刀\t-
        1f3b8\tcore\ta\tguitar\tguitars\t-\t把\t吉他\t-
        1f3ba\tcore\ta\ttrumpet\ttrumpets\t-\t把\t小号\t-
        1f308\tcore,plain\ta\trainbow\trainbows\t-\t道\t彩虹\t-
        1f438\t-\ta\tgreen frog\tgreen frogs\t-\t只\t青蛙\t-
        """

    public static var vocabulary: [VocabularyEntry] {
        get throws { try ObjectTable.parse(table, file: "toys") }
    }

    public static var library: SpriteLibrary {
        get throws {
            let vocabulary = try vocabulary
            var drawings: [String: Sprite] = [:]
            for (number, entry) in vocabulary.enumerated() { drawings[entry.key] = drawing(number) }
            let manifest = DatasetManifest(
                recipe: DatasetRecipe(), vocabulary: vocabulary, spriteSide: 32,
                sprites: Dictionary(
                    uniqueKeysWithValues: DrawingStyle.allCases.map { ($0, drawings.keys.sorted()) }
                )
            )
            return SpriteLibrary(
                manifest: manifest,
                sprites: Dictionary(
                    uniqueKeysWithValues: DrawingStyle.allCases.map { ($0, drawings) }))
        }
    }

    /// A disc with a soft edge and a gradient that depends on `number`.
    private static func drawing(_ number: Int) -> Sprite {
        var picture = Picture(width: 32, height: 32, color: [0, 0, 0, 0])
        for y in 0..<32 {
            for x in 0..<32 {
                let distance = (x * 2 - 31) * (x * 2 - 31) + (y * 2 - 31) * (y * 2 - 31)
                let i = picture.offset(x: x, y: y)
                picture.pixels[i] = UInt8(x * 8)
                picture.pixels[i + 1] = UInt8(y * 8)
                picture.pixels[i + 2] = UInt8(number * 25)
                picture.pixels[i + 3] = distance > 900 ? 0 : distance > 700 ? 128 : 255
            }
        }
        return Sprite(picture)
    }
}
