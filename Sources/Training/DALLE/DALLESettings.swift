import PinxitDALLE

extension SettingsReader {
    /// The discrete autoencoder of a training configuration: its own keys, all of them optional.
    func discreteAutoencoder() throws -> DiscreteAutoencoderConfiguration {
        let configuration = try whole(DiscreteAutoencoderConfiguration.init, keys: \.json)
        try finish()
        return configuration
    }
}
