extension Painter {
    /// The part of a request that this model can do, for settings that were another model's: an
    /// option that it refuses is left to it.
    ///
    /// - Parameter asked: Whose options stay, refused or not.
    /// - Returns: The request, and a line for each option that was left.
    public func accepted(
        of request: PaintRequest, keeping asked: PaintRequest
    ) -> (request: PaintRequest, notes: [String]) {
        var (request, notes) = (request, [String]())
        let nothing = PaintRequest(prompt: "")
        for _ in RequestOptions.coded {
            do {
                _ = try resolved(request)
                break
            } catch .request(let field, let problem) {
                let refused = RequestOptions.coded.first {
                    $0.name == field && $0.isGiven(in: request) && !$0.isGiven(in: asked)
                }
                guard let refused else { return (request, notes) }
                refused.copy(from: nothing, to: &request)
                notes.append("\(field) is left to the model: \(problem)")
            } catch {
                break
            }
        }
        return (request, notes)
    }
}
