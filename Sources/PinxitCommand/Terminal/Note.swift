import PinxitDatasets
import PinxitFiles

/// A line for the person at the terminal.
func note(_ text: String) { writeToStandardError(text + "\n") }

/// Says that sheets have no labels, where no font was found, and which package has one.
func noteMissingFont() {
    if !LabelFont.isFound { note("note: \(LabelFont.missing)") }
}
