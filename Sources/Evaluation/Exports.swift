// What signatures of this module name, and what its functions throw, comes with it.

@_exported import PinxitDatasets

@_exported import struct PinxitCLIP.CLIP
@_exported import struct PinxitFiles.JSONMember
@_exported import enum PinxitFiles.JSONValue
@_exported import class PinxitTensors.Engine
@_exported import struct PinxitTensors.Tensor
