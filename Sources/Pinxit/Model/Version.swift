/// The version of Pinxit, as pictures carry it.
public let pinxitVersion = "0.1.0"
