/// One record of a TensorBoard event file.
///
/// Field numbers: `event.proto`, `summary.proto`, `tensor.proto` and the hparams plugin's
/// `plugin_data.proto` of TensorBoard.
enum TensorBoardEvent {
    /// A value of the table of hyper-parameters.
    typealias Parameter = EventFileWriter.Parameter

    /// Length, its checksum, the event, its checksum.
    static func record(_ event: ProtobufMessage) -> [UInt8] {
        let length = littleEndianBytes(UInt64(event.bytes.count))
        return length + littleEndianBytes(CRC32C.masked(length))
            + event.bytes + littleEndianBytes(CRC32C.masked(event.bytes))
    }

    static func version(time: Double) -> ProtobufMessage {
        var event = ProtobufMessage()
        event.add(1, time)
        event.add(3, "brain.Event:2")
        return event
    }

    /// `SessionLog` with the status START, upon which readers purge that step and later ones.
    static func start(step: Int, time: Double) -> ProtobufMessage {
        var event = ProtobufMessage()
        event.add(1, time)
        event.add(2, step)
        event.add(7) { $0.add(1, 1) }
        return event
    }

    static func scalar(_ tag: String, _ value: Float, step: Int, time: Double) -> ProtobufMessage {
        summary(tag, step: step, time: time) { $0.add(2, value) }
    }

    static func image(
        _ tag: String, encoded: [UInt8], width: Int, height: Int, step: Int, time: Double
    ) -> ProtobufMessage {
        summary(tag, step: step, time: time) { value in
            value.add(4) { image in
                image.add(1, height)
                image.add(2, width)
                image.add(3, 3)  // RGB
                image.add(4, encoded)
            }
        }
    }

    static func text(_ tag: String, _ text: String, step: Int, time: Double) -> ProtobufMessage {
        summary(tag, step: step, time: time) { value in
            value.add(9) { metadata in
                metadata.add(1) { $0.add(1, "text") }
                metadata.add(4, 2)  // a tensor
            }
            value.add(8) { tensor in
                tensor.add(1, 7)  // strings
                tensor.add(2) { shape in shape.add(2) { $0.add(1, 1) } }
                tensor.add(8, text)
            }
        }
    }

    /// The start of a session with its hyper-parameters.
    static func sessionStart(
        _ parameters: [String: Parameter], time: Double
    ) -> ProtobufMessage {
        var start = ProtobufMessage()
        for (name, parameter) in parameters.sorted(by: { $0.key < $1.key }) {
            start.add(1) { entry in
                entry.add(1, name)
                entry.add(2) { value in
                    switch parameter {
                    case .number(let number): value.add(2, number)
                    case .text(let text): value.add(3, text)
                    case .flag(let flag): value.add(4, flag)
                    }
                }
            }
        }
        start.add(5, time)
        return session("_hparams_/session_start_info", field: 3, start, time: time)
    }

    /// The end of a session, successful or not.
    static func sessionEnd(succeeded: Bool, time: Double) -> ProtobufMessage {
        var end = ProtobufMessage()
        end.add(1, succeeded ? 1 : 2)
        end.add(2, time)
        return session("_hparams_/session_end_info", field: 4, end, time: time)
    }

    /// What the hparams plugin reads lies in the metadata; the tensor beside it is a dummy.
    private static func session(
        _ tag: String, field: UInt64, _ info: ProtobufMessage, time: Double
    ) -> ProtobufMessage {
        summary(tag, step: 0, time: time) { value in
            value.add(9) { metadata in
                metadata.add(1) { plugin in
                    plugin.add(1, "hparams")
                    plugin.add(2) { $0.add(field, info.bytes) }
                }
            }
            value.add(8) { tensor in
                tensor.add(1, 1)  // f32
                tensor.add(2) { shape in shape.add(2) { $0.add(1, 0) } }
            }
        }
    }

    private static func summary(
        _ tag: String, step: Int, time: Double, _ fill: (inout ProtobufMessage) -> Void
    ) -> ProtobufMessage {
        var event = ProtobufMessage()
        event.add(1, time)
        event.add(2, step)
        event.add(5) { summary in
            summary.add(1) { value in
                value.add(1, tag)
                fill(&value)
            }
        }
        return event
    }
}
