import PinxitFiles

/// A line for the person at the terminal.
func note(_ text: String) { writeToStandardError(text + "\n") }
