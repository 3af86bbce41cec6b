import PinxitPlatform
import Testing

@testable import PinxitFiles

@Suite struct ChildProcessTests {
    private func end(_ line: String) throws -> ChildProcess.End {
        try ChildProcess("/bin/sh", ["-c", line]).wait()
    }

    @Test("A program ends with its code or by a signal; one that is not there does not start")
    func ends() throws {
        #expect(try end("exit 7") == .code(7))
        #expect(try end("kill -9 $$") == .signal(9))
        do {
            _ = try ChildProcess("/nowhere/pinxit", [])
            Issue.record("it has started")
        } catch {
            #expect(error.description.contains("/nowhere/pinxit: cannot be started"))
        }
    }

    @Test("What is killed says by which signal; what is over keeps its end, and its number is left")
    func killing() throws {
        // The threads that tests run on block signals.
        var (none, own) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &own)
        let child = try ChildProcess("/bin/sleep", ["600"])
        pthread_sigmask(SIG_SETMASK, &own, nil)
        #expect(child.end == nil)
        child.kill(by: SIGTERM)
        #expect(child.wait() == .signal(SIGTERM))
        child.kill()
        #expect(child.wait() == .signal(SIGTERM) && child.end == .signal(SIGTERM))
    }

    @Test("A program has the descriptors that it is given, and no other pipe")
    func files() throws {
        let (own, other) = (try ChildProcess.pipe(), try ChildProcess.pipe())
        let line = "test ! -e /dev/fd/\(other.writing) && echo alone"
        let child = try ChildProcess(
            "/bin/sh", ["-c", line], files: [STDOUT_FILENO: own.writing])
        #expect(child.wait() == .code(0))
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = read(own.reading, &bytes, bytes.count)
        #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == "alone\n")
        for file in [own.reading, own.writing, other.reading, other.writing] { close(file) }
    }
}
