import PinxitFiles
import PinxitStableDiffusion
import PinxitTestSupport
import Testing

/// What is written is read as it was, and for our own models has the bytes it always had.
@Suite struct ConfigurationRoundTripTests {
    /// The value as it comes from a file.
    private func read(_ json: JSONValue) throws -> JSONField {
        JSONField(file: "config.json", path: "", value: try JSONValue(parsing: json.encoded()))
    }

    private static func small() -> UNetConfiguration {
        UNetConfiguration(
            sampleSize: 16, inChannels: 8, outChannels: 8, blockOutChannels: [16, 32, 32],
            attentionLevels: [false, true, true], layersPerBlock: [1, 1, 1], heads: [4, 4, 4],
            crossAttentionWidth: 24, useLinearProjection: true, normGroups: 4)
    }

    private static func changed(_ change: (inout UNetConfiguration) -> Void) -> UNetConfiguration {
        var configuration = small()
        change(&configuration)
        return configuration
    }

    private static let uneven = UNetConfiguration(
        sampleSize: 16, inChannels: 8, outChannels: 8, blockOutChannels: [16, 32, 32],
        attentionLevels: [false, true, true], layersPerBlock: [1, 3, 2], heads: [4, 4, 4],
        crossAttentionWidth: 24, useLinearProjection: true, normGroups: 4)

    private static func deep(_ layers: [Int]) -> UNetConfiguration {
        UNetConfiguration(
            sampleSize: 16, inChannels: 8, outChannels: 8, blockOutChannels: [16, 32, 32],
            attentionLevels: [false, true, true], layersPerBlock: [1, 1, 1], heads: [4, 4, 4],
            transformerLayers: layers, crossAttentionWidth: 24, useLinearProjection: true,
            normGroups: 4)
    }

    static let unets: [UNetConfiguration] = [
        small(), changed { $0.heads = [2, 4, 8] }, uneven,
        deep([1, 2, 10]), deep([2, 2, 2]),
        changed {
            $0.transformerLayers = [[1], [2], [3]]
            $0.upTransformerLayers = [[1, 1], [1, 2], [3, 1]]
            $0.midTransformerLayers = 3
        },
        changed { $0.upAttentionLevels = [true, false, true] },
        changed { $0.textTime = .init(inputWidth: 44, timeWidth: 4) },
        changed { $0.guidanceWidth = 8 },
        changed { $0.midBlock = .none }, changed { $0.midBlock = .plain },
        changed { $0.classEmbeddingWidth = 48 }, changed { $0.timeEmbeddingWidth = 40 },
        changed {
            $0.attentionLevels = [true, false, false]
            $0.upAttentionLevels = [true, false, false]
        },
        changed {
            ($0.outChannels, $0.useLinearProjection, $0.normEpsilon) = (4, false, 1e-6)
            ($0.flipSinToCos, $0.frequencyShift) = (false, 1)
        },
    ]

    @Test(arguments: unets) func aUNetIsReadAsItWasWritten(_ configuration: UNetConfiguration)
        throws
    {
        #expect(try UNetConfiguration(read(configuration.json)) == configuration)
    }

    @Test(arguments: ["tiny-sd1", "tiny-sd2", "tiny-pinxit", "tiny-unclip"])
    func diffusersUNetsKeepTheirMeaning(_ pipeline: String) throws {
        let original = try UNetConfiguration(
            JSONFile.read(folder(pipeline, "unet/config.json")))
        #expect(try UNetConfiguration(read(original.json)) == original)
    }

    @Test func autoencodersAreReadAsTheyWereWritten() throws {
        var tiny = AutoencoderTinyConfiguration()
        tiny.numEncoderBlocks = [0, 1, 1, 2]
        tiny.decoderBlockOutChannels = [8, 8, 8, 8]
        (tiny.latentChannels, tiny.scalingFactor) = (8, 1.1015077)
        #expect(try AutoencoderTinyConfiguration(read(tiny.json)) == tiny)

        var wide = AutoencoderKLConfiguration()
        (wide.blockOutChannels, wide.layersPerBlock, wide.normGroups) = ([8, 16], 3, 4)
        (wide.latentChannels, wide.scalingFactor, wide.sampleSize) = (16, 0.13, 64)
        (wide.midBlockAddAttention, wide.useQuantConv) = (false, false)
        (wide.usePostQuantConv, wide.forceUpcast) = (false, false)
        #expect(try AutoencoderKLConfiguration(read(wide.json)) == wide)
    }

    @Test func theShippedFilesHaveTheSameBytes() throws {
        func shipped(_ component: String) throws -> (field: JSONField, text: String) {
            let path = Fixture.path("../../Models/pinxit-unclip/\(component)/config.json")
            return (
                try JSONFile.read(path), String(decoding: try readFile(path), as: UTF8.self)
            )
        }
        let (unet, vae) = (try shipped("unet"), try shipped("vae"))
        #expect(try UNetConfiguration(unet.field).json.encoded() + "\n" == unet.text)
        #expect(try AutoencoderTinyConfiguration(vae.field).json.encoded() + "\n" == vae.text)
    }
}
