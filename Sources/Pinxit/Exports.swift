// What signatures of this module name, and what its functions throw, comes with `import Pinxit`.

@_exported import PinxitImages

@_exported import struct PinxitCLIP.TextReading
@_exported import struct PinxitFiles.FileError
@_exported import enum PinxitLayers.TileAxes
@_exported import enum PinxitSamplers.NoiseCurve
@_exported import enum PinxitSamplers.PredictionType
@_exported import struct PinxitSamplers.Sampler
@_exported import struct PinxitSamplers.SchedulerConfiguration
@_exported import enum PinxitSamplers.TimestepSpacing
@_exported import enum PinxitStableDiffusion.ControlKind
@_exported import class PinxitTensors.Engine
@_exported import enum PinxitTensors.NoiseKind
@_exported import struct PinxitTensors.Tensor
@_exported import enum PinxitTokenizers.Emphasis
@_exported import struct PinxitTokenizers.LearntWords
@_exported import enum PinxitTokenizers.LongPrompts
@_exported import class PinxitUpscaling.Upscaler
