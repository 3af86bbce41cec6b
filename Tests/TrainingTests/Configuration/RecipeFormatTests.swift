import Foundation
import PinxitDatasets
import PinxitFiles
import Testing

@testable import PinxitTraining

@Suite struct RecipeFormatTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    @Test("The page about recipes is what their readers declare")
    func pageIsUpToDate() throws {
        let page = try String(
            contentsOfFile: "\(Self.root)/Documentation/Recipes.md", encoding: .utf8)
        #expect(
            page == RecipeFormat.page,
            "pinxit train --explain-config all > Documentation/Recipes.md writes it")
        let head = page.prefix(upTo: try #require(page.range(of: "\n## ")).lowerBound)
        for name in RecipeChanges.harmless { #expect(head.contains("`\(name)`"), "\(name)") }
    }

    @Test(
        "Every setting of the recipes that ship is declared, and each has an effect",
        arguments: ["", "pictures/"])
    func declared(in folder: String) throws {
        for stage in TrainingRun.Stage.allCases where !stage.isFineTuning || folder.isEmpty {
            let paths = Set(stage.settings.map(\.path))
            let recipe = try JSONFile.read("\(Self.root)/Recipes/\(folder)\(stage.rawValue).json")
            for (name, field) in try recipe.members() where name != "note" {
                guard case .object = field.value else {
                    #expect(paths.contains(field.path), "\(field.path)")
                    continue
                }
                for (_, member) in try field.members() {
                    #expect(paths.contains(member.path), "\(member.path)")
                }
            }
            #expect(stage.settings.allSatisfy { $0.effect.hasSuffix(".") })
        }
    }

    @Test("Data sets' recipes are explained as those of stages are")
    func datasets() throws {
        let text = RecipeFormat.text("dataset")
        #expect(text.contains("vocabulary: text; core, told, all; core\n"), "\(text)")
        #expect(text.contains("variety.turn: whole number; 0 to 45; 0\n"))
        let settings = RecipeFormat.settings("dataset")
        #expect(settings.allSatisfy { $0.effect.hasSuffix(".") && $0.standard != nil })
        for name in ["dataset", "dataset-told", "dataset-varied"] {
            _ = try DatasetRecipe.load("\(Self.root)/Recipes/\(name).json")
        }
    }

    @Test("A setting tells its range, its default and the choice it belongs to")
    func settings() throws {
        let settings = TrainingRun.Stage.autoencoder.settings
        let crop = try #require(settings.first { $0.path == "task.crop" })
        #expect(crop.type == "whole number" && crop.accepted == "8 to 4096")
        #expect(crop.standard?.encoded() == "64" && crop.condition.isEmpty)
        let groups = try #require(settings.first { $0.path == "model.norm_num_groups" })
        #expect(groups.condition == "_class_name: AutoencoderKL")
        let samples = try #require(settings.first { $0.path == "optimisation.samples" })
        #expect(samples.standard == nil)
        #expect(
            RecipeFormat.text("autoencoder").contains("task.crop: whole number; 8 to 4096; 64\n"))
    }
}
