import PinxitCheckpoints
import PinxitFiles
import PinxitTensors
import PinxitTestSupport
import Testing

@Suite struct Float8Tests {
    let expected = try! Fixture("files/fp8.expected.safetensors")

    @Test func everyCodeIsF16Exactly() throws {
        let tensors = try Checkpoint.load(fixturePath("fp8.safetensors"))
        for key in ["e4m3", "e5m2"] {
            #expect(tensors[key]?.type == .f16)
            try expectSame(tensors[key], expected["\(key).all"], key)
        }
    }

    @Test func scaledWeightsAreMultipliedAndTheRestIsHidden() throws {
        let file = try CheckpointFile(path: fixturePath("scaled-fp8.safetensors"))
        let tensors = try file.tensors()
        let keys = (0..<3).flatMap { ["layer\($0).bias", "layer\($0).weight"] }
        #expect(tensors.keys.sorted() == keys && file.entries.keys.sorted() == keys)
        for key in keys { try expectSame(tensors[key], expected[key], key) }
    }

    @Test func otherFormatsOfComfyAreRefusedByName() throws {
        let text = #"{"format": "nvfp4"}"#
        let path = try writeFile(
            Array(
                (#"{"a.comfy_quant":{"dtype":"U8","shape":[\#(text.utf8.count)],"#
                    + #""data_offsets":[0,\#(text.utf8.count)]}}"#).utf8), data: Array(text.utf8))
        try expectFileError(path, "a.comfy_quant: format \"nvfp4\" is not supported; float8_e4m3fn")
    }

    @Test func aScaleOfAnotherLengthIsAnError() throws {
        let path = try writeFile(
            #"{"a.weight":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]},"#
                + #""a.scale_weight":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, data: 12)
        try expectFileError(
            path, "a.scale_weight: is F32 of shape [2]; one number, or one for each")
    }

    @Test func noRowsHaveNoScales() throws {
        let path = try writeFile(
            #"{"a.weight":{"dtype":"F8_E4M3","shape":[0,4],"data_offsets":[0,0]},"#
                + #""a.scale_weight":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#)
        #expect(try CheckpointFile(path: path).tensors()["a.weight"]?.shape == [0, 4])
    }
}
