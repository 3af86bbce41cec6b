import PinxitDatasets

/// Everything that signatures of data sets name, with `import PinxitDatasets` alone.
func look() throws {
    do {
        let folder = try PictureFolder(
            "my-dog", framing: PictureFraming(size: 512), maxBroken: 3)
        let tokenizer: CLIPTokenizer? = nil
        print(DatasetReport(folder, tokenizer: tokenizer).text)
        let sample = try folder.stream(seed: 1, split: .everything).batch(0..<1)[0]
        let picture: Picture = sample.picture
        print(picture.width, sample.caption)
        let library = try SpriteLibrary(folder: "data")
        print(Composer(library: library).sample(at: 0))
    } catch let error as DatasetError {
        print(error)
    } catch let error as FileError {
        print(error.path)
    }
}
