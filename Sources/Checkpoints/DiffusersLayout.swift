/// The layout of Hugging Face diffusers' model folders, which is that of our own.
public enum DiffusersLayout {
    /// The version whose fields our configuration files have, as their `_diffusers_version`; newer
    /// ones read them too.
    public static let version = "0.32.2"
}
