import PinxitFiles

/// What the configuration of the `distillation` stage says beside optimisation.
struct DistillationSettings {
    /// The folder of the model whose paintings are learnt.
    var teacher: String
    /// Captions that are painted for.
    var captions: Int
    /// Steps that the finished model takes.
    var steps: Int
    /// How far their times are shifted to more noise.
    var flowShift: Double
    /// Steps that the teacher takes for each of them, in order.
    var teacherSteps: [Int]
    /// The guidance that the teacher paints with.
    var guidanceScale: Float
    /// How often a step starts where the model's own steps have led, and not the teacher's.
    var ownStarts: Float
    /// How often it starts anywhere on the line to the step's end.
    var between: Float

    init(_ s: SettingsReader) throws {
        teacher = try s.string(
            "teacher",
            "The model whose paintings are learnt, one of rectified flow: its folder, or its name in "
                + "Models.")
        captions = try s.int(
            "captions", or: 60_000, in: 1...10_000_000,
            "Captions of the data set that are painted for.")
        steps = try s.int(
            "steps", or: 4, in: 1...64, "Steps that the finished model takes, without guidance.")
        flowShift = Double(
            try s.float(
                "flow_shift", or: 1, in: NumberRange(0.01...100),
                "How far their times are shifted to more noise: s t / (1 + (s - 1) t)."))
        // Guided ways bend most where they begin.
        teacherSteps = try s.ints(
            "teacher_steps", or: [4] + [Int](repeating: 2, count: steps - 1), count: 1...64,
            each: 1...64, "Steps that the teacher takes for each of them, from the most noise.")
        guard teacherSteps.count == steps else {
            throw s.field["teacher_steps"].unsupported(
                "a list of \(teacherSteps.count)", ["\(steps) numbers, one for each of steps"])
        }
        guidanceScale = try s.float(
            "teacher_guidance", or: 3.5, in: NumberRange(1...100),
            "The guidance that the teacher paints with; 1 is none.")
        ownStarts = try s.float(
            "own_starts", or: 0.5, in: .share,
            "How often a step starts where the model's own steps have led, not the teacher's.")
        between = try s.float(
            "between", or: 0.1, in: .share,
            "How often a step starts anywhere on the line to its end, for other numbers of steps.")
        try s.finish()
    }

    /// How the finished model is sampled: by straight steps, without guidance.
    var sampling: UsualSampling {
        UsualSampling(
            steps: steps, guidanceScale: 1,
            scheduler: DiffusersFiles.flowScheduler(order: 1, shift: flowShift))
    }
}
