// What signatures of this module name, and what its functions throw, comes with it.

@_exported import PinxitImages

@_exported import struct PinxitFiles.FileError
@_exported import struct PinxitTokenizers.CLIPTokenizer
@_exported import struct PinxitTokenizers.LearntWords
