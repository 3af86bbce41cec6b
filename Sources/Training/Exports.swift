// What signatures of this module name, and what its functions throw, comes with it.

@_exported import enum PinxitDatasets.DatasetError
@_exported import struct PinxitFiles.FileError
@_exported import class PinxitTensors.Engine
