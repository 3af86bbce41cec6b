import PinxitFiles

/// What is wrong with a checkpoint: the file, the field, and what would be accepted.
public typealias CheckpointError = FileError
