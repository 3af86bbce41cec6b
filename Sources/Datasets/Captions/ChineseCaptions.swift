extension Captions {
    /// The words of Chinese captions of a recipe that are not names of things.
    static func chinesePhrases(_ recipe: DatasetRecipe) -> [String] {
        TintColor.allCases.map(name) + Position.allCases.map(name) + Relation.allCases.map(name)
            + recipe.styles.drawn.compactMap(styleName)
            + chineseNumbers.prefix(recipe.counts.count)
            + ["白色", "背景", "背景是", "一", "的", "在", "有", "是", "小", "很小的"]
    }

    private static let chineseNumbers = ["两", "三", "四", "五", "六"]

    func chinese(_ spec: PictureSpec, _ wording: Wording) -> String {
        content(spec, wording) + ground(spec.background, wording.phrasing)
    }

    private func content(_ spec: PictureSpec, _ wording: Wording) -> String {
        let first = spec.parts[0]
        switch spec.layout {
        case .single:
            guard let style = Self.styleName(spec.style) else { return one(first, wording) }
            return color(first, bare: true) + noun(first, wording) + "的" + style
        case .count(let count):
            let number = Self.chineseNumbers[count - 2] + entry(first).chineseMeasure
            let bare = spec.style != .plain || wording.phrasing > 0
            let things = number + color(first, bare: bare) + noun(first, wording)
            return Self.styleName(spec.style).map { things + "的" + $0 } ?? things
        case .place(let position, let size):
            let thing = one(first, wording, small: size == .small)
            let place = Self.name(position)
            return phrase("\(thing)在\(place)", ["\(place)有\(thing)"], wording.phrasing)
                + suffix(spec.style)
        case .pair(let relation):
            let other = one(spec.parts[1], wording)
            if wording.phrasing == Wording.eachPlace, relation != .beside {
                let (here, there) = (Self.name(relation), Self.name(relation.opposite))
                return "\(here)是\(one(first, wording))，\(there)是\(other)" + suffix(spec.style)
            }
            let side = phrase("的" + Self.name(relation), [Self.name(relation)], wording.phrasing)
            return one(first, wording) + "在" + other + side + suffix(spec.style)
        }
    }

    // 一只红色的小猫; without 的 in the other phrasing: 一只红色小猫
    private func one(_ part: PictureSpec.Part, _ wording: Wording, small: Bool = false) -> String {
        let noun = noun(part, wording)
        let size = !small ? "" : noun.hasPrefix("小") || noun.hasPrefix("大") ? "很小的" : "小"
        let color = color(part, bare: wording.phrasing > 0)
        return "一" + entry(part).chineseMeasure + (size == "很小的" ? size + color : color + size)
            + noun
    }

    private func noun(_ part: PictureSpec.Part, _ wording: Wording) -> String {
        let entry = entry(part)
        guard wording.synonym > 0, !entry.chineseSynonyms.isEmpty else { return entry.chinese }
        return entry.chineseSynonyms[(wording.synonym - 1) % entry.chineseSynonyms.count]
    }

    private func color(_ part: PictureSpec.Part, bare: Bool) -> String {
        guard let color = part.color else { return "" }
        return Self.name(color) + (bare ? "" : "的")
    }

    private func suffix(_ style: DrawingStyle) -> String {
        Self.styleName(style).map { "，" + $0 } ?? ""
    }

    private static func styleName(_ style: DrawingStyle) -> String? {
        switch style {
        case .plain: nil
        case .cartoon: "卡通画"
        case .line: "线条画"
        case .flat: "平面画"
        }
    }

    private func ground(_ background: Background, _ choice: Int) -> String {
        let name = Self.name(background)
        if background == .white { return phrase("", ["，\(name)背景", ""], choice) }
        return phrase("，\(name)背景", ["，背景是\(name)"], choice)
    }

    private static func name(_ color: TintColor) -> String {
        switch color {
        case .red: "红色"
        case .orange: "橙色"
        case .yellow: "黄色"
        case .green: "绿色"
        case .blue: "蓝色"
        case .purple: "紫色"
        case .pink: "粉色"
        case .brown: "棕色"
        case .gray: "灰色"
        case .black: "黑色"
        }
    }

    private static func name(_ background: Background) -> String {
        TintColor(rawValue: background.rawValue).map(name) ?? "白色"
    }

    private static func name(_ position: Position) -> String {
        switch position {
        case .topLeft: "左上角"
        case .top: "上方"
        case .topRight: "右上角"
        case .left: "左边"
        case .center: "中间"
        case .right: "右边"
        case .bottomLeft: "左下角"
        case .bottom: "下方"
        case .bottomRight: "右下角"
        }
    }

    private static func name(_ relation: Relation) -> String {
        switch relation {
        case .left: "左边"
        case .right: "右边"
        case .above: "上面"
        case .below: "下面"
        case .beside: "旁边"
        }
    }
}
