import PinxitKernels

/// How our own products want a matrix: in panels of columns.
enum Panels {
    static func byteCount(_ columns: Int, _ depth: Int, _ type: ElementType) -> Int {
        let panel = Int(PX_PANEL)
        return (columns + panel - 1) / panel * panel * depth * type.size
    }

    /// A panel for every thread: so many columns are packed from something that is made for it.
    static var columnsAtOnce: Int { Int(PX_PANEL) * Int(px_thread_count()) }
}

/// A weight in panels, in 16 bits or as 8-bit levels.
struct WeightPanels {
    let storage: Storage
    let type: ElementType

    /// Of a matrix `[out, in]`, or turned round `[in, out]`.
    ///
    /// - Parameter asLevels: Whether as 8-bit levels, whose scales stay with the weight's storage.
    static func matrix(
        _ weight: Tensor, turned: Bool = false, asLevels: Bool = false
    ) -> WeightPanels {
        let sizes = weight.shape.dimensions.pair
        let (columns, depth) = turned ? (sizes.1, sizes.0) : sizes
        let form = turned ? Storage.PackedForm.turnedPanels : Storage.PackedForm.panels
        return packed(weight, columns, depth, asLevels, as: form) { plain, type, packed in
            px_product_pack(
                plain.pointer, plain.type.factor, !turned, columns, depth, packed, type.factor)
        }
    }

    /// Of a convolution `[out, in, kernelHeight, kernelWidth]`, a tap's channels beside one
    /// another.
    static func windows(_ weight: Tensor, asLevels: Bool = false) -> WeightPanels {
        let (columns, depth) = (weight.shape[0], weight.count / weight.shape[0])
        return packed(weight, columns, depth, asLevels, as: Storage.PackedForm.windowPanels) {
            plain, type, packed in
            // Some columns at a time, so that they stay in the cache.
            for first in stride(from: 0, to: columns, by: Panels.columnsAtOnce) {
                let rows = first..<min(first + Panels.columnsAtOnce, columns)
                let taps = plain.sliced(axis: 0, rows).permuted([0, 2, 3, 1])
                px_product_pack(
                    taps.pointer, taps.type.factor, true, rows.count, depth,
                    packed + Panels.byteCount(first, depth, type), type.factor)
                withExtendedLifetime(taps) {}
            }
        }
    }

    private static func packed(
        _ weight: Tensor, _ columns: Int, _ depth: Int, _ asLevels: Bool,
        as form: (ElementType) -> Storage.PackedForm,
        _ pack: (_ plain: Tensor, ElementType, _ packed: UnsafeMutableRawPointer) -> Void
    ) -> WeightPanels {
        let type: ElementType = asLevels ? .i8 : weight.type == .f16 ? .f16 : .bf16
        let byteCount = Panels.byteCount(columns, depth, type)
        let storage = weight.packed(as: form(type), byteCount: byteCount) {
            let plain = asLevels ? quantisedRows(weight) : weight.detached
            pack(plain, type, $0.pointer)
            withExtendedLifetime(plain) {}
        }
        return WeightPanels(storage: storage, type: type)
    }
}

/// The products of Winograd's places, each by a matrix of its own, all in one call, with f32
/// arithmetic.
struct PlaceProducts {
    let count: Int, columns: Int, depth: Int
    /// f16 or f32.
    let filterType: ElementType

    var byteCount: Int { count * Panels.byteCount(columns, depth, filterType) }

    /// Packs some columns, from the start of a panel, of the matrix of one place, of the filters'
    /// type: `[columns, depth]` if transposed, or `[depth, columns]`.
    func pack(
        _ matrix: UnsafeRawPointer, place: Int, columns part: Range<Int>, transposed: Bool,
        into packed: UnsafeMutableRawPointer
    ) {
        let start =
            place * Panels.byteCount(columns, depth, filterType)
            + Panels.byteCount(part.lowerBound, depth, filterType)
        px_product_pack(
            matrix, filterType.kernel, transposed, part.count, depth, packed + start,
            filterType.kernel)
    }

    /// m `[places, rows, columns]` = v `[places, rows, depth]` by the packed matrices, both in f32.
    func multiply(_ v: Tensor, rows: Int, _ packed: Storage, into m: Tensor) {
        var shape = px_product_shape(
            batch: count, rows: rows, columns: columns, depth: depth, a_type: PX_F32,
            b_type: filterType.kernel, y_type: PX_F32, window: nil)
        px_product(&shape, v.pointer, packed.pointer, nil, m.pointer)
    }
}
