import PinxitTensors

extension Composer {
    /// A spec that differs from another in one thing that its caption names: a colour, the
    /// background, the place, the number, the style or an object. Its caption is wrong for the
    /// picture, and only just.
    func distractor(of spec: PictureSpec, _ random: inout SplitMix64) -> PictureSpec {
        var changes: [(inout PictureSpec, inout SplitMix64) -> Void] = [changeObject]
        for (index, part) in spec.parts.enumerated() {
            guard let color = part.color else { continue }
            changes.append { spec, random in
                spec.parts[index].color = other(than: color, &random)
            }
        }
        if spec.background != .white {
            changes.append { spec, random in
                let free = Background.colored.filter { $0 != spec.background }
                spec.background = free[random.below(free.count)]
            }
        }
        if spec.style != .plain {
            changes.append { spec, random in
                spec.style = other(than: spec.style, in: recipe.styles.drawn, &random)
            }
        }
        switch spec.layout {
        case .single: break
        case .place(let position, let size):
            changes.append { spec, random in
                spec.layout = .place(other(than: position, &random), size)
            }
        case .pair(let relation):
            // What lies beside may lie left or right: only the four others exclude one another.
            guard relation != .beside else { break }
            changes.append { spec, random in
                let free = Relation.allCases.filter { $0 != relation && $0 != .beside }
                spec.layout = .pair(free[random.below(free.count)])
            }
        case .count(let count):
            changes.append { spec, random in
                spec.layout = .count(other(than: count, in: Array(recipe.counts), &random))
            }
        }
        var result = spec
        changes[random.below(changes.count)](&result, &random)
        return result
    }

    /// Another thing in place of one of them, of the same kind: it can be tinted and counted if the
    /// first can.
    private func changeObject(_ spec: inout PictureSpec, _ random: inout SplitMix64) {
        let index = random.below(spec.parts.count)
        let old = spec.parts[index]
        let isCount = if case .count = spec.layout { true } else { false }
        let free = library.vocabulary.filter { entry in
            !spec.parts.contains { $0.object == entry.key }
                && (!isCount || entry.english.plural != nil)
                && (old.color == nil || entry.canBeTinted)
        }
        guard !free.isEmpty else { return }
        spec.parts[index].object = free[random.below(free.count)].key
    }
}

private func other<Value: CaseIterable & Equatable>(
    than value: Value, _ random: inout SplitMix64
) -> Value where Value.AllCases == [Value] {
    other(than: value, in: Value.allCases, &random)
}

private func other<Value: Equatable>(
    than value: Value, in all: [Value], _ random: inout SplitMix64
) -> Value {
    let free = all.filter { $0 != value }
    return free[random.below(free.count)]
}
