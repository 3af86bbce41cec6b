import Pinxit
import PinxitImages
import Testing

/// What enlarged pictures say of where they come from.
@Suite struct ProvenanceTests {
    private func packet(_ properties: XMP.Property...) -> [PNGText] {
        [PNGText(key: XMP.pngKey, text: XMP(properties).text)]
    }

    @Test("A photograph that a network enlarged is called enhanced, and a painting stays one")
    func enhanced() {
        #expect(Provenance(texts: [PNGText]().enhanced())?.sourceType == "algorithmicallyEnhanced")
        let camera = packet(.init(.adobe, "CreatorTool", "Camera")).enhanced()
        #expect(camera.count == 1)
        #expect(Provenance(texts: camera)?.sourceType == "algorithmicallyEnhanced")
        #expect(XMP.value(of: "xmp:CreatorTool", in: camera[0].text) == "Camera")
        for type in ["trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"] {
            let painted = packet(.init(.iptc, "DigitalSourceType", "http://a/\(type)"))
            #expect(painted.enhanced() == painted)
        }
    }

    @Test("The pixels of an enlarged picture stand upright, and its XMP says so")
    func upright() {
        let turned = packet(
            .init(.tiff, "Orientation", "6"), .init(.adobe, "CreatorTool", "Camera"))
        let texts = turned.upright()
        #expect(XMP.value(of: XMP.orientation, in: texts[0].text) == "1")
        #expect(XMP.value(of: "xmp:CreatorTool", in: texts[0].text) == "Camera")
        let other = packet(.init(.adobe, "CreatorTool", "Camera"))
        #expect(other.upright() == other)
    }
}
