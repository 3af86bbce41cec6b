/// One record of a TensorBoard event file.
///
/// Field numbers: `event.proto`, `summary.proto` and `tensor.proto` of TensorBoard.
enum TensorBoardEvent {
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
