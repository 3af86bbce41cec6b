/// References to characters as HTML writes them: `&amp;`, `&#39;`, `&#x2019;`.
///
/// Source: Python's `html.unescape` and the named characters of HTML 4, those that captions hold.
enum HTMLEntities {
    /// The text with every reference replaced by what it stands for. As in browsers, the names of
    /// Latin-1's characters need no semicolon.
    static func unescaped(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        guard text.contains("&") else { return text }
        return text.replacing { text in
            guard text.first == "&", let found = reference(text.dropFirst()) else { return nil }
            return (found.scalars, 1 + found.length)
        }
    }

    /// What follows an ampersand, if it is a reference, and how long that is.
    private static func reference(
        _ text: ArraySlice<Unicode.Scalar>
    ) -> (scalars: [Unicode.Scalar], length: Int)? {
        text.first == "#" ? number(text.dropFirst()) : name(text)
    }

    private static func number(
        _ text: ArraySlice<Unicode.Scalar>
    ) -> (scalars: [Unicode.Scalar], length: Int)? {
        let isHex = text.first == "x" || text.first == "X"
        let digits = text.dropFirst(isHex ? 1 : 0).prefix {
            $0.isASCII && (isHex ? $0.properties.isASCIIHexDigit : $0.properties.numericType != nil)
        }
        guard !digits.isEmpty else { return nil }
        let end = digits.endIndex < text.endIndex && text[digits.endIndex] == ";" ? 1 : 0
        let length = 1 + (isHex ? 1 : 0) + digits.count + end
        var view = String.UnicodeScalarView()
        view.append(contentsOf: digits)
        return (character(UInt32(String(view), radix: isHex ? 16 : 10)), length)
    }

    /// Numbers of the C1 controls mean Windows' characters; those of no character are left out.
    private static func character(_ code: UInt32?) -> [Unicode.Scalar] {
        guard let code, code <= 0x10FFFF, code != 0, !(0xD800..<0xE000).contains(code) else {
            return ["\u{FFFD}"]
        }
        if let scalar = Windows1252.scalar(code) { return [scalar] }
        let isControl = code < 0x20 && ![0x9, 0xA, 0xC, 0xD].contains(code)
        let isNone = isControl || code == 0x7F || (0xFDD0...0xFDEF).contains(code)
        return isNone || code & 0xFFFE == 0xFFFE ? [] : [Unicode.Scalar(code)!]
    }

    private static func name(
        _ text: ArraySlice<Unicode.Scalar>
    ) -> (scalars: [Unicode.Scalar], length: Int)? {
        var view = String.UnicodeScalarView()
        view.append(
            contentsOf: text.prefix(32).prefix {
                $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil)
            })
        let letters = String(view)
        let end = text.startIndex + letters.utf8.count
        if end < text.endIndex, text[end] == ";", let scalar = named[letters] {
            return ([scalar], letters.utf8.count + 1)
        }
        // The longest beginning that needs no semicolon.
        for count in stride(from: letters.utf8.count, through: 2, by: -1) {
            if let scalar = named[String(letters.prefix(count))], isShort(letters.prefix(count)) {
                return ([scalar], count)
            }
        }
        return nil
    }

    private static func isShort(_ name: Substring) -> Bool {
        latin1.contains(name) || ["amp", "lt", "gt", "quot"].contains(name.lowercased())
            || ["COPY", "REG"].contains(name)
    }

    private static let latin1 = Set(latin1Names.split(separator: " "))

    private static let named: [String: Unicode.Scalar] = {
        var named: [String: Unicode.Scalar] = [
            "AMP": "&", "LT": "<", "GT": ">", "QUOT": "\"", "COPY": "©", "REG": "®",
        ]
        for (index, name) in latin1Names.split(separator: " ").enumerated() {
            named[String(name)] = Unicode.Scalar(UInt32(160 + index))
        }
        let others = otherNames.split(separator: " ")
        for index in stride(from: 0, to: others.count, by: 2) {
            named[String(others[index])] = UInt32(others[index + 1], radix: 16).flatMap(
                Unicode.Scalar.init)
        }
        // As ftfy does: &NTILDE; is Ñ.
        for (name, scalar) in named where name == name.lowercased() {
            let capital = Array(scalar.properties.uppercaseMapping.unicodeScalars)
            if named[name.uppercased()] == nil, capital.count == 1 {
                named[name.uppercased()] = capital[0]
            }
        }
        return named
    }()

    /// Of U+00A0 to U+00FF, in order.
    private static let latin1Names = "\(latin1Text)".replacing("\n", with: " ")
    private static let latin1Text: StaticString = """
        nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr
        deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12
        frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc
        Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times
        Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml
        aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde
        ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn
        yuml
        """

    /// Names, each with its code.
    private static let otherNames = "\(otherText)".replacing("\n", with: " ")
    private static let otherText: StaticString = """
        quot 22 amp 26 lt 3c gt 3e OElig 152 oelig 153 Scaron 160 scaron 161 Yuml 178 fnof
        192 circ 2c6 tilde 2dc Alpha 391 Beta 392 Gamma 393 Delta 394 Epsilon 395 Zeta 396
        Eta 397 Theta 398 Iota 399 Kappa 39a Lambda 39b Mu 39c Nu 39d Xi 39e Omicron 39f Pi
        3a0 Rho 3a1 Sigma 3a3 Tau 3a4 Upsilon 3a5 Phi 3a6 Chi 3a7 Psi 3a8 Omega 3a9 alpha
        3b1 beta 3b2 gamma 3b3 delta 3b4 epsilon 3b5 zeta 3b6 eta 3b7 theta 3b8 iota 3b9
        kappa 3ba lambda 3bb mu 3bc nu 3bd xi 3be omicron 3bf pi 3c0 rho 3c1 sigmaf 3c2
        sigma 3c3 tau 3c4 upsilon 3c5 phi 3c6 chi 3c7 psi 3c8 omega 3c9 thetasym 3d1 upsih
        3d2 piv 3d6 ensp 2002 emsp 2003 thinsp 2009 zwnj 200c zwj 200d lrm 200e rlm 200f
        ndash 2013 mdash 2014 lsquo 2018 rsquo 2019 sbquo 201a ldquo 201c rdquo 201d bdquo
        201e dagger 2020 Dagger 2021 bull 2022 hellip 2026 permil 2030 prime 2032 Prime 2033
        lsaquo 2039 rsaquo 203a oline 203e frasl 2044 euro 20ac image 2111 weierp 2118 real
        211c trade 2122 alefsym 2135 larr 2190 uarr 2191 rarr 2192 darr 2193 harr 2194 crarr
        21b5 lArr 21d0 uArr 21d1 rArr 21d2 dArr 21d3 hArr 21d4 forall 2200 part 2202 exist
        2203 empty 2205 nabla 2207 isin 2208 notin 2209 ni 220b prod 220f sum 2211 minus
        2212 lowast 2217 radic 221a prop 221d infin 221e ang 2220 and 2227 or 2228 cap 2229
        cup 222a int 222b there4 2234 sim 223c cong 2245 asymp 2248 ne 2260 equiv 2261 le
        2264 ge 2265 sub 2282 sup 2283 nsub 2284 sube 2286 supe 2287 oplus 2295 otimes 2297
        perp 22a5 sdot 22c5 lceil 2308 rceil 2309 lfloor 230a rfloor 230b lang 27e8 rang
        27e9 loz 25ca spades 2660 clubs 2663 hearts 2665 diams 2666 apos 27
        """
}
