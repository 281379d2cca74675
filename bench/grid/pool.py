"""Several runs at once, as many as the machine bears without being late."""
import contextlib
import os
import signal
import subprocess
import tempfile
import time

from commands import end, last_words, start, uninterrupted


class Pool:
    """`budget` is the load that all jobs at once may have, `width` their number. Whatever ends
    run_all, none of its processes goes on."""

    def __init__(self, budget, width):
        self.budget, self.width = budget, width

    def run_all(self, jobs, done):
        """jobs: of (load, name, command, limit_s, tag), begun in their order; then
        done(tag, why): None, or the reason for which it failed."""
        waiting, running = list(reversed(jobs)), []
        try:
            while waiting or running:
                while waiting and self.fits(waiting[-1], running):
                    running.append(Running(waiting.pop()))
                for job in [job for job in running if job.over()]:
                    running.remove(job)
                    done(job.tag, job.why())
                time.sleep(0.02)
        finally:
            with uninterrupted():
                for job in running:
                    job.ask_to_end()
                for job in running:
                    job.drop()

    def fits(self, job, running):
        load = sum(other.load for other in running)
        return not running or (len(running) < self.width and load + job[0] <= self.budget)


class Running:
    def __init__(self, job):
        self.load, self.name, command, self.limit_s, self.tag = job
        self.said = tempfile.TemporaryFile("w+")
        self.deadline = time.monotonic() + self.limit_s
        self.late = False
        self.process = start(self.name, command, stdout=subprocess.DEVNULL, stderr=self.said)

    def over(self):
        if self.process.poll() is None and time.monotonic() > self.deadline:
            self.late = True
            self.kill()
        return self.process.poll() is not None

    def kill(self):
        end(self.process)

    def ask_to_end(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)

    def drop(self):
        self.kill()
        self.said.close()

    def why(self):
        with self.said:
            self.said.seek(0)
            complaints = self.said.read()
        if self.late:
            return f"{self.name} did not end within {self.limit_s} s"
        code = self.process.returncode
        return f"{self.name} ended with {code}: {last_words(complaints)}" if code else None
