import Pinxit
import PinxitFiles
import PinxitServing
import PinxitWorkers

/// The schemas that the OpenAPI document names.
enum Schemas {
    /// A picture as a client gives it.
    static let picture: JSONValue = [
        "type": "string", "description": "A hash of this server, a data URL, or base64 alone.",
    ]
    static let margins = Schema.object(
        ["left", "right", "top", "bottom"].map { JSONMember($0, Schema.whole(0, 4096)) },
        optional: ["left", "right", "top", "bottom"])
    /// What a ControlNet is told.
    static let control = Schema.object(
        [
            JSONMember(
                "model", Schema.described(Schema.text, "One of the model's in the capabilities.")),
            JSONMember(
                "picture",
                Schema.described(Schema.text, "As source; left out it is the one to start from.")),
            JSONMember("prepare", Schema.choice(["none", "canny", "inpaint"])),
            JSONMember("low", Schema.number), JSONMember("high", Schema.number),
            JSONMember("scale", Schema.number), JSONMember("start", Schema.number),
            JSONMember("end", Schema.number),
        ],
        optional: ["picture", "prepare", "low", "high", "scale", "start", "end"], isClosed: true)

    /// A LoRA, and how much of it.
    static let lora = Schema.object(
        [
            JSONMember(
                "name", Schema.described(Schema.text, "One of the model's in the capabilities.")),
            JSONMember("weight", weight(1)),
            JSONMember(
                "text_weight",
                Schema.described(weight(nil), "For text encoders; left out it is the weight.")),
        ], optional: ["weight", "text_weight"], isClosed: true)

    private static func weight(_ usual: Int?) -> JSONValue {
        Schema.number.setting("minimum", -100).setting("maximum", 100)
            .setting("default", usual.map { .integer($0) })
    }

    static func all(_ limits: Limits) -> [JSONMember] {
        [
            JSONMember("Error", error), JSONMember("JobRequest", jobRequest(limits)),
            JSONMember("Job", job), JSONMember("Accepted", accepted), JSONMember("Jobs", jobs),
            JSONMember("Picture", painted), JSONMember("Upload", upload),
            JSONMember("Settings", settings), JSONMember("Explanation", explanation),
            JSONMember("History", history), JSONMember("Tokens", tokens),
            JSONMember("Model", model), JSONMember("Field", field),
            JSONMember("Capabilities", capabilities),
        ]
    }

    private static let error = Schema.object([
        JSONMember(
            "error",
            Schema.object([
                JSONMember("code", Schema.text), JSONMember("message", Schema.text),
                JSONMember("field", Schema.orNull(Schema.text)),
            ]))
    ])

    /// Made of what options and members are declared as.
    private static func jobRequest(_ limits: Limits) -> JSONValue {
        let options = RequestOptions.all
        var members = [
            JSONMember(
                "prompt",
                Schema.orNull(
                    [
                        "type": "string", "maxLength": .integer(limits.prompt),
                        "description": "What to paint; of a source its own words where left out.",
                    ])),
            JSONMember("original_prompt", Schema.orNull(Schema.text)),
            JSONMember("count", Schema.orNull(Schema.whole(1, limits.count))),
            JSONMember(
                "source",
                [
                    "description": "The picture to start from, or a source of the library's form.",
                    "anyOf": [Schema.text, Schema.members, ["type": "null"]],
                ]),
        ]
        members += JobMember.all.map { JSONMember($0.name, $0.schema) }
        members += options.filter { $0.group == nil }
            .map { JSONMember($0.key, $0.schema(limits)) }
        for group in Set(options.compactMap(\.group)).sorted() {
            let own = options.filter { $0.group == group }
                .map { JSONMember($0.key, $0.schema(limits)) }
            members.append(
                JSONMember(
                    group,
                    Schema.orNull(
                        Schema.object(own, optional: own.map(\.name), isClosed: true))))
        }
        return Schema.object(members, optional: members.map(\.name), isClosed: true)
    }

    private static let time = Schema.described(Schema.number, "Seconds since 1970.")

    private static let painted = Schema.object([
        JSONMember("number", Schema.whole(1)), JSONMember("hash", Schema.hash),
        JSONMember("url", Schema.text), JSONMember("thumbnail", Schema.text),
        JSONMember("seed", Schema.whole(0)), JSONMember("width", Schema.whole(1)),
        JSONMember("height", Schema.whole(1)),
        JSONMember("safety", Schema.orNull(safety)),
    ])

    private static let safety = Schema.object([
        JSONMember("flagged", Schema.flag), JSONMember("special", Schema.list(Schema.number)),
        JSONMember("concepts", Schema.list(Schema.number)),
    ])

    private static let job = Schema.object([
        JSONMember("id", Schema.text), JSONMember("kind", Schema.text),
        JSONMember("group", Schema.orNull(Schema.text)),
        JSONMember("status", Schema.choice(Job.Status.allCases.map(\.rawValue))),
        JSONMember("model", Schema.text), JSONMember("prompt", Schema.text),
        JSONMember("count", Schema.whole(1)), JSONMember("seed", Schema.whole(0)),
        JSONMember("request", Schema.members), JSONMember("source", Schema.orNull(Schema.text)),
        JSONMember("created", time), JSONMember("started", Schema.orNull(time)),
        JSONMember("finished", Schema.orNull(time)),
        JSONMember("queue_position", Schema.orNull(Schema.whole(1))),
        JSONMember("eta", Schema.orNull(Schema.number)), JSONMember("attempts", Schema.whole(0)),
        JSONMember("progress", Schema.orNull(Schema.members)),
        JSONMember("settings", Schema.orNull(Schema.members)),
        JSONMember("images", Schema.list(Schema.named("Picture"))),
        JSONMember("warnings", Schema.list(Schema.text)),
        JSONMember(
            "moderation",
            Schema.described(Schema.members, "Scores of the prompt by OpenAI's categories.")),
        JSONMember(
            "error",
            Schema.orNull(
                Schema.object([
                    JSONMember(
                        "code", Schema.choice(WorkFailure.Code.allCases.map(\.rawValue))),
                    JSONMember("message", Schema.text),
                ]))),
    ])

    private static let accepted = Schema.object([
        JSONMember("id", Schema.text), JSONMember("kind", Schema.text),
        JSONMember("status", Schema.text), JSONMember("created", time),
        JSONMember("queue_position", Schema.orNull(Schema.whole(1))),
        JSONMember("poll_url", Schema.text), JSONMember("job", Schema.named("Job")),
    ])

    private static let jobs = Schema.object([
        JSONMember("jobs", Schema.list(Schema.named("Job"))), JSONMember("paused", Schema.flag),
        JSONMember("last_event", Schema.whole(0)),
    ])

    private static let settings = Schema.object([
        JSONMember("settings", Schema.orNull(Schema.members)),
        JSONMember("model", Schema.orNull(Schema.text)),
        JSONMember("parameters", Schema.orNull(Schema.text)),
    ])

    private static let upload = Schema.object([
        JSONMember("hash", Schema.hash), JSONMember("url", Schema.text),
        JSONMember("width", Schema.whole(1)), JSONMember("height", Schema.whole(1)),
        JSONMember("settings", Schema.orNull(Schema.members)),
        JSONMember("model", Schema.orNull(Schema.text)),
    ])

    private static let map = Schema.object([
        JSONMember("width", Schema.whole(1)), JSONMember("height", Schema.whole(1)),
        JSONMember("values", Schema.list(Schema.number)),
    ])

    private static let explanation = Schema.object(
        [
            JSONMember(
                "texts",
                Schema.list(
                    Schema.object([
                        JSONMember("text", Schema.text), JSONMember("weight", Schema.number),
                        JSONMember("words", Schema.list(explainedWord)),
                    ]))),
            JSONMember(
                "steps",
                Schema.list(
                    Schema.object([
                        JSONMember("step", Schema.whole(1)), JSONMember("seconds", Schema.number),
                        JSONMember("picture", Schema.flag),
                    ]))),
            JSONMember(
                "guidance",
                Schema.described(Schema.orNull(map), "Of diffusion: what guidance changed.")),
            JSONMember(
                "entropy",
                Schema.described(
                    Schema.orNull(map), "Of a DALL·E: bits of what each token was drawn from.")),
            JSONMember(
                "gan",
                Schema.described(
                    Schema.orNull(Schema.members),
                    "Of a GAN: what it looked at of itself, and walks through its noise.")),
        ], optional: ["guidance", "entropy", "gan"])

    private static let explainedWord = Schema.object([
        JSONMember("text", Schema.text), JSONMember("share", Schema.number), JSONMember("map", map),
    ])

    private static let history = Schema.object([
        JSONMember("items", Schema.list(Schema.named("Job"))),
        JSONMember("next", Schema.orNull(Schema.text)),
    ])

    private static let tokens = Schema.object([
        JSONMember("count", Schema.whole(0)), JSONMember("window", Schema.whole(0)),
        JSONMember("cut", Schema.flag), JSONMember("left_out", Schema.text),
        JSONMember("chunks", Schema.whole(0)),
        JSONMember(
            "tokens",
            Schema.list(
                Schema.object([
                    JSONMember("id", Schema.whole()), JSONMember("text", Schema.text),
                    JSONMember("weight", Schema.number),
                ]))),
        JSONMember(
            "words",
            Schema.list(
                Schema.object([
                    JSONMember("text", Schema.text), JSONMember("pieces", Schema.list(Schema.text)),
                ]))),
        JSONMember(
            "unknown",
            Schema.orNull(
                Schema.list(
                    Schema.object([
                        JSONMember("word", Schema.text),
                        JSONMember("nearest", Schema.list(Schema.text)),
                    ])))),
    ])

    private static let field = Schema.object(
        [
            JSONMember("id", Schema.text),
            JSONMember(
                "type", Schema.choice(["integer", "number", "text", "choice", "flag", "range"])),
            JSONMember("min", Schema.number), JSONMember("max", Schema.number),
            JSONMember("step", Schema.number), JSONMember("choices", Schema.list(Schema.text)),
            JSONMember("default", [:]), JSONMember("group", Schema.text),
            JSONMember("title", Schema.text),
        ], optional: ["min", "max", "step", "choices"])

    private static let model = Schema.object([
        JSONMember("id", Schema.text), JSONMember("title", Schema.text),
        JSONMember("kind", Schema.text),
        JSONMember("family", Schema.choice(ModelFamily.allCases.map(\.rawValue))),
        JSONMember("seconds", Schema.orNull(Schema.number)),
        JSONMember("native", Schema.orNull(Schema.whole(1))),
        JSONMember("sizes", Schema.list(Schema.list(Schema.whole(1)))),
        JSONMember("window", Schema.orNull(Schema.whole(1))),
        JSONMember("languages", Schema.list(Schema.text)), JSONMember("few_step", Schema.flag),
        JSONMember("things", Schema.list(Schema.text)), JSONMember("can", Schema.list(Schema.text)),
        JSONMember(
            "controls",
            Schema.list(
                Schema.object([
                    JSONMember("name", Schema.text),
                    JSONMember("kind", Schema.choice(["controlnet", "t2i_adapter"])),
                ]))),
        JSONMember("image_prompts", Schema.list(Schema.text)),
        JSONMember(
            "loras",
            Schema.list(
                Schema.object([
                    JSONMember("name", Schema.text),
                    JSONMember(
                        "family",
                        Schema.described(
                            Schema.orNull(Schema.text), "The models it is for, where it tells.")),
                ]))),
        JSONMember("embeddings", Schema.list(Schema.text)),
        JSONMember("fields", Schema.list(Schema.named("Field"))),
    ])

    private static let capabilities = Schema.object([
        JSONMember("version", Schema.text),
        JSONMember("models", Schema.list(Schema.named("Model"))),
        JSONMember("default_model", Schema.text), JSONMember("qualities", Schema.members),
        JSONMember("styles", Schema.list(Schema.text)), JSONMember("limits", Schema.members),
        JSONMember("loopback", Schema.flag), JSONMember("needs_key", Schema.flag),
        JSONMember("paused", Schema.flag),
    ])
}
