/// What a torch file may name: everything that is not on this list is refused.
enum PickleGlobal: Sendable, Equatable {
    /// `OrderedDict`, `defaultdict`, `Counter`, `dict`.
    case dictionary
    /// `set`, `frozenset`, `list`, `tuple`, `torch.Size`.
    case sequence
    /// `_rebuild_tensor`, `_v2` and `_v3`; the last has a type behind its storage.
    case tensor(hasType: Bool)
    /// `_rebuild_from_type_v2`: another function and its arguments.
    case typedTensor
    case parameter
    case parameterDictionary
    /// A storage's class; nil for untyped bytes.
    case storage(SafetensorsType?)
    /// `torch.float32` and its like; nil for those without a type here.
    case type(SafetensorsType?, name: String)
    /// `_codecs.encode`: how bytes are written in old protocols.
    case encode
    case bytes
    case numpyScalar
    case numpyType
    /// Built by name only; what it is given is left out.
    case opaque(String)

    /// Nil for anything not on the list.
    init?(module: String, name: String) {
        let module = module == "__builtin__" ? "builtins" : module
        if let known = Self.known["\(module).\(name)"] {
            self = known
        } else if let storage = Self.storage(module, name) {
            self = storage
        } else if module == "torch", let type = Self.types[name] {
            self = .type(type, name: name)
        } else if Self.opaque.contains("\(module).\(name)") {
            self = .opaque("\(module).\(name)")
        } else {
            return nil
        }
    }

    /// Whether a name outside the list is one that runs code, as far as can be told.
    static func runsCode(module: String) -> Bool {
        let root = module.prefix { $0 != "." }
        return [
            "os", "posix", "nt", "sys", "subprocess", "builtins", "__builtin__", "runpy", "socket",
            "shutil", "importlib", "pty", "platform", "commands", "ctypes", "code", "codeop",
            "operator", "functools", "types", "marshal", "pickle", "_pickle", "bdb", "pdb",
            "timeit",
            "webbrowser", "requests", "urllib", "asyncio", "multiprocessing", "signal", "pip",
        ].contains(String(root))
    }

    private static let known: [String: PickleGlobal] = [
        "collections.OrderedDict": .dictionary, "collections.defaultdict": .dictionary,
        "collections.Counter": .dictionary, "builtins.dict": .dictionary,
        "builtins.set": .sequence, "builtins.frozenset": .sequence, "builtins.list": .sequence,
        "builtins.tuple": .sequence, "torch.Size": .sequence,
        "torch._utils._rebuild_tensor": .tensor(hasType: false),
        "torch._utils._rebuild_tensor_v2": .tensor(hasType: false),
        "torch._utils._rebuild_tensor_v3": .tensor(hasType: true),
        "torch._tensor._rebuild_from_type_v2": .typedTensor,
        "torch._utils._rebuild_parameter": .parameter,
        "torch._utils._rebuild_parameter_with_state": .parameter,
        "torch.nn.modules.container.ParameterDict": .parameterDictionary,
        "_codecs.encode": .encode, "builtins.bytes": .bytes, "builtins.bytearray": .bytes,
        "numpy.core.multiarray.scalar": .numpyScalar,
        "numpy._core.multiarray.scalar": .numpyScalar, "numpy.dtype": .numpyType,
    ]

    /// Harmless classes that training programs leave beside the weights.
    private static let opaque: Set<String> = [
        "torch.device", "torch.Tensor", "torch.nn.parameter.Parameter", "torch.strided",
        "torch.serialization._get_layout", "typing.Any",
        "builtins.int", "builtins.float", "builtins.str", "builtins.bool", "builtins.object",
        "builtins.complex", "builtins.slice", "argparse.Namespace", "pathlib.Path",
        "pathlib.PosixPath", "pathlib.WindowsPath", "pathlib.PurePosixPath",
        "pathlib.PureWindowsPath", "datetime.datetime", "datetime.timedelta",
        "numpy.ndarray", "numpy.core.multiarray._reconstruct",
        "numpy._core.multiarray._reconstruct",
        "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint",
        "pytorch_lightning.callbacks.ModelCheckpoint",
        "pytorch_lightning.callbacks.early_stopping.EarlyStopping",
        "pytorch_lightning.utilities.parsing.AttributeDict",
        "lightning_fabric.utilities.data.AttributeDict",
        "lightning.fabric.utilities.data.AttributeDict",
        "omegaconf.dictconfig.DictConfig", "omegaconf.listconfig.ListConfig",
        "omegaconf.base.ContainerMetadata", "omegaconf.base.Metadata", "omegaconf.nodes.AnyNode",
    ]

    private static func storage(_ module: String, _ name: String) -> PickleGlobal? {
        guard ["torch", "torch.cuda", "torch.storage"].contains(module), name.hasSuffix("Storage")
        else { return nil }
        if name == "UntypedStorage" || name == "_UntypedStorage" { return .storage(nil) }
        return storages[String(name.dropLast("Storage".count))].map { .storage($0) }
    }

    private static let storages: [String: SafetensorsType] = [
        "Float": .f32, "Half": .f16, "BFloat16": .bf16, "Double": .f64, "Long": .i64, "Int": .i32,
        "Short": .i16, "Char": .i8, "Byte": .u8, "Bool": .bool,
    ]

    private static let types: [String: SafetensorsType?] = [
        "float32": .f32, "float": .f32, "float16": .f16, "half": .f16, "bfloat16": .bf16,
        "float64": .f64, "double": .f64, "int64": .i64, "long": .i64, "int32": .i32, "int": .i32,
        "int16": .i16, "short": .i16, "int8": .i8, "uint8": .u8, "bool": .bool, "uint16": .u16,
        "uint32": .u32, "uint64": .u64, "float8_e4m3fn": .f8E4M3, "float8_e5m2": .f8E5M2,
        "float8_e4m3fnuz": nil, "float8_e5m2fnuz": nil, "float8_e8m0fnu": nil, "complex64": nil,
        "complex128": nil,
    ]
}
