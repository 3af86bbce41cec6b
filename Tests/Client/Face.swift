/// Everything that signatures of the library name, with `import Pinxit` alone.
func face() async throws {
    let painter = try await Painter(folder: "model", lowMemory: true)
    var request = PaintRequest(prompt: "a red apple", seed: 7)
    request.diffusion = DiffusionOptions(steps: 20, sampler: Sampler(name: "euler"))
    let (spacing, schedule): (TimestepSpacing, NoiseCurve) = (.trailing, .karras)
    (request.diffusion.spacing, request.diffusion.schedule) = (spacing, schedule)
    request.diffusion.prediction = PredictionType.epsilon
    print(FewSteps(SchedulerConfiguration()) as Any)
    request.source = .variation(try Picture(file: "apple.png"))
    do {
        for try await event in painter.paint(request, PaintOptions(previewInterval: 5)) {
            switch event {
            case .started(let resolved): print(resolved.width, resolved.request.seed ?? 0)
            case .step(let step): print(step.step, step.steps, step.picture)
            case .preview(let picture, _): print(picture.width)
            case .picture(let picture): try picture.write(to: "\(picture.number).png")
            case .finished(let summary): print(summary.warnings)
            }
        }
    } catch let error as FileError {
        print(error.path, error.problem)
    } catch let error as PaintError {
        print(error)
    } catch let error as ImageError {
        print(error)
    }
    let painting: Painting = try await painter.paint(
        request, PaintOptions(keepingTensors: true))
    let latents: Tensor? = painting.pictures[0].tensors?.latents
    print(try painting.write(to: "apples.png"), latents?.shape as Any)
    print(try PaintRequest(json: try request.json()), await Processor.threads)
}
