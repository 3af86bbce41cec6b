import PinxitTensors
import Testing

@testable import PinxitImages

@Suite struct TensorPicturesTests {
    @Test func roundsHalvesToEvenAndClamps() {
        // 0.5 / 255 and 1.5 / 255 lie halfway; x = 2u - 1.
        let values: [Float] = [-1, 1, 0, -3, 3, .nan]
        let picture = Picture.pictures(from: Tensor(values, shape: [1, 1, 2, 3]))[0]
        #expect((picture.width, picture.height, picture.channels) == (2, 1, 3))
        #expect(picture.pixels == [0, 255, 128, 0, 255, 0])
    }

    @Test func thereAndBackIsTheSame() {
        let pixels = (0..<2 * 4 * 8 * 3).map { UInt8($0 % 256) }
        let half = pixels.count / 2
        let pictures = [pixels[..<half], pixels[half...]].map {
            Picture(width: 8, height: 4, channels: 3, pixels: Array($0))
        }
        let tensor = Tensor(pictures: pictures)
        #expect(tensor.shape == [2, 4, 8, 3])
        #expect(Picture.pictures(from: tensor) == pictures)
    }
}
