import PinxitPlatform

/// How OpenMP's threads wait for one another.
///
/// By default they spin for long, and where another program holds one of the processors, each of the thousands of short parallel
/// regions of a picture then waits for a turn of the scheduler: a second becomes a minute. Five thousand rounds bridge the gap between
/// regions on an idle machine, and sleeping after that lets a busy one go on.
/// libgomp reads the setting before `main`, so the program starts itself once more with it.
enum Waiting {
    static func settle() {
        guard getenv("OMP_WAIT_POLICY") == nil, getenv("GOMP_SPINCOUNT") == nil else { return }
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard readlink("/proc/self/exe", &path, path.count - 1) > 0 else { return }
        setenv("GOMP_SPINCOUNT", "5000", 1)
        var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
        // Goes on as it is if this fails: slower on a busy machine, not wrong.
        execv(path, &arguments)
        for argument in arguments { free(argument) }
    }
}
