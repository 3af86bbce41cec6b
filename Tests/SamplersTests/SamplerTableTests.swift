import Foundation
import PinxitSamplers
import Testing

/// What holds of every entry of the table.
@Suite struct SamplerTableTests {
    /// So no two share one either.
    @Test(arguments: Sampler.allCases) func everyNameFindsItsSampler(_ sampler: Sampler) {
        let names = [sampler.name, sampler.title] + sampler.otherNames
        // Two may be settings of one class.
        if let name = sampler.diffusersClass {
            #expect(Sampler(name: name)?.diffusersClass == name)
        }
        for name in names {
            #expect(Sampler(name: name) == sampler, "\(name)")
            #expect(Sampler(name: name.uppercased()) == sampler, "\(name)")
        }
        #expect(sampler.description == sampler.name)
        #expect(Sampler.accepted.components(separatedBy: ", ").contains(sampler.name))
    }

    @Test func whatUsersHaveTypedSoFarIsUnderstood() {
        let names: [String: Sampler] = [
            "ddim": .ddim, "DDIM Scheduler": .ddim,
            "euler": .euler, "EulerDiscrete": .euler, "EulerDiscreteScheduler": .euler,
            "Euler a": .eulerAncestral, "euler_a": .eulerAncestral,
            "Euler ancestral": .eulerAncestral,
            "EulerAncestralDiscreteScheduler": .eulerAncestral,
            "dpmpp_2m": .dpmpp2M, "DPM++ 2M": .dpmpp2M, "DPMSolverMultistepScheduler": .dpmpp2M,
            "pndm": .pndm, "PLMS": .pndm, "PNDMScheduler": .pndm,
        ]
        for (name, sampler) in names { #expect(Sampler(name: name) == sampler, "\(name)") }
        for name in ["k-euler-a", "wonder", ""] { #expect(Sampler(name: name) == nil) }
    }

    @Test(arguments: [
        ("eulr", [Sampler.euler]), ("eluer", [.euler]), ("Eular a", [.eulerAncestral, .euler]),
        ("dddim", [.ddim]), ("pdnm", [.pndm]), ("dpmp2m", [.dpmpp2M]),
        ("DPM++ 2M Karras", [.dpmpp2M]), ("dpm", [.ddpm]),
        ("WonderDiscreteScheduler", [.euler]), ("wonder", []), ("", []), ("?!", []),
    ])
    func anUnknownNameIsAnsweredWithTheNearest(_ name: String, _ expected: [Sampler]) {
        #expect(Sampler(name: name) == nil)
        #expect(Array(Sampler.nearest(to: name).prefix(max(expected.count, 1))) == expected)
    }

    @Test(arguments: Sampler.allCases) func aLetterTooManyIsForgiven(_ sampler: Sampler) {
        for name in [sampler.name, sampler.diffusersClass].compactMap(\.self) {
            let mistyped = name.prefix(2) + "x" + name.dropFirst(2)
            let nearest = Sampler.nearest(to: String(mistyped)).first
            #expect(nearest?.diffusersClass == sampler.diffusersClass, "\(mistyped)")
        }
    }

    @Test(arguments: Sampler.allCases) func jsonHoldsTheName(_ sampler: Sampler) throws {
        let bytes = try JSONEncoder().encode([sampler])
        #expect(String(decoding: bytes, as: UTF8.self) == "[\"\(sampler.name)\"]")
        #expect(try JSONDecoder().decode([Sampler].self, from: bytes) == [sampler])
    }

    @Test func unknownNamesInJSONAreAnsweredWithThoseAccepted() throws {
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Sampler].self, from: Data(#"["wonder"]"#.utf8))
        }
        let text = String(describing: error)
        #expect(text.contains("wonder") && text.contains(Sampler.accepted), "\(text)")
    }
}
