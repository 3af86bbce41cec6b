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

/// The products of Winograd's places, each by a matrix of its own, all in one call, with f32 arithmetic.
struct PlaceProducts {
    let count: Int, columns: Int, depth: Int
    /// f16 or f32.
    let filterType: ElementType

    var byteCount: Int { count * Panels.byteCount(columns, depth, filterType) }

    /// Packs some columns, from the start of a panel, of the matrix of one place, of the filters' type: `[columns, depth]`
    /// if transposed, or `[depth, columns]`.
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
