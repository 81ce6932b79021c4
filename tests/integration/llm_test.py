#!/usr/bin/env python3
"""Language models behind an OpenAI-compatible server that follows a script: chat.yaml, TLS, and corrections that help or harm."""

import json
import os
import shutil
import signal
import ssl
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from llm_rig import Server
from radio_rig import fetch, free_port, wait_for

BIN = Path(os.environ["SLUICE_BIN"])
ROOT = Path(os.environ["SLUICE_ROOT"])


def chat(url, lines, **environment):
    return subprocess.run([BIN / "sluice", "run", "chat", "--set", f"model={url}"], input=lines, capture_output=True, text=True,
                          timeout=60, check=False, env={**os.environ, **environment})


class Chat(unittest.TestCase):
    def test_answers_and_remembers(self):
        with Server(lambda messages: f"You said {messages[-1]['content']}. 好") as server:
            run = chat(server.url, "one\ntwo\n", OPENAI_API_KEY="secret")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(run.stdout, "You said one. 好\nYou said two. 好\n")
            self.assertEqual([message["content"] for message in server.asked[1]["messages"]],
                             ["Answer briefly.", "one", "You said one. 好", "two"])

    def test_goes_on_when_nobody_listens(self):
        run = chat("http://127.0.0.1:1", "one\n", OPENAI_API_KEY="secret")
        self.assertEqual(run.returncode, 0)
        self.assertIn("cannot reach 127.0.0.1:1", run.stderr)
        self.assertNotIn("secret", run.stderr)

    def test_ends_when_it_is_told_to_though_the_model_is_silent(self):
        silence = threading.Event()
        self.addCleanup(silence.set)

        def stalls(_):
            yield "half"
            silence.wait(60)

        with Server(stalls) as server:
            run = subprocess.Popen([BIN / "sluice", "run", "chat", "--set", f"model={server.url}"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            run.stdin.write("hello\n")
            run.stdin.flush()
            self.assertEqual(run.stdout.read(4), "half")
            run.send_signal(signal.SIGINT)
            _, said = run.communicate(timeout=60)
            self.assertEqual(run.returncode, 0, said)

    def test_says_what_is_wrong_with_a_model(self):
        for model, why in (("ftp://x", "http://"), ("/nowhere/model.gguf", "/nowhere/model.gguf"), ("http://x:99999", "port")):
            with self.subTest(model):
                run = chat(model, "")
                self.assertIn(run.returncode, (1, 2))
                self.assertIn(why, run.stderr)


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
class Tls(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.certificate, key = Path(folder.name, "cert.pem"), Path(folder.name, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", self.certificate],
                       check=True, capture_output=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)

    def test_trusts_who_is_certified(self):
        with Server(lambda _: "safe", self.context) as server:
            run = chat(server.url, "hello\n", SSL_CERT_FILE=str(self.certificate))
            self.assertEqual((run.returncode, run.stdout), (0, "safe\n"), run.stderr)

    def test_and_nobody_else(self):
        with Server(lambda _: "unsafe", self.context) as server:
            run = chat(server.url, "hello\n")
            self.assertIn("certificate verify failed", run.stderr)
            self.assertNotIn("unsafe", run.stdout)
            self.assertEqual(server.asked, [])


@unittest.skipUnless(shutil.which("llama-server"), "SKIPPED: llama.cpp's llama-server is not installed")
class LlamaServer(unittest.TestCase):
    """llama.cpp's own server, with the model of $SLUICE_TEST_GGUF (tools/llm-bench makes one)."""

    def test_answers_over_http(self):
        model = os.environ.get("SLUICE_TEST_GGUF")
        if not model:
            self.skipTest("SKIPPED: $SLUICE_TEST_GGUF names no model")
        port = free_port()
        with subprocess.Popen(["llama-server", "-m", model, "--port", str(port), "--chat-template", "chatml", "-c", "512", "-t", "1"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            try:
                wait_for(lambda: fetch(f"http://127.0.0.1:{port}/health"), "llama-server answers", 120)
                ask = [BIN / "sluice", "run", "-e",
                       f'text.read(path="-") -> llm: llm.http(model="http://127.0.0.1:{port}", max_tokens=16, retries=8) '
                       '-> discard', "--json"]
                run = subprocess.run(ask, input="Once upon a time\nand again\n", capture_output=True, text=True, timeout=120,
                                     check=False)
                self.assertEqual(run.returncode, 0, run.stderr)
                counters = json.loads(run.stdout)["nodes"]["llm"]["counters"]
                self.assertEqual((counters["answers"], counters["failures"]), (2, 0), run.stderr)
            finally:
                server.kill()


REFERENCE = {"a": "tear a thin sheet from the yellow pad", "b": "he bought forty three cloves of garlic", "c": "maria went home at nine"}
HYPOTHESES = {"a": "tear a tin sheet from the yellow pad", "b": "he bought forty three clubs of garlic", "c": "maria went home at nine"}


class Correction(unittest.TestCase):
    """tools/bench correct, with models that help and models that harm."""

    def rates(self, answer):
        def sentence(messages):
            return answer(messages[-1]["content"].rsplit("Sentence: ", 1)[-1])

        with tempfile.TemporaryDirectory() as name, Server(sentence) as server:
            folder = Path(name)
            for which, texts in (("ref", REFERENCE), ("hyp", HYPOTHESES)):
                (folder / which).write_text("".join(f"{key}\t{text}\n" for key, text in texts.items()))
            run = subprocess.run(["python3", "-B", ROOT / "tools/bench.d/correct.py", folder / "ref", folder / "hyp", "--json",
                                  "--model", server.url, "--sluice", BIN / "sluice", "--score", BIN / "sluice-score"],
                                 capture_output=True, text=True, timeout=120, check=False)
            self.assertEqual(run.returncode, 0, run.stderr)
            result = json.loads(run.stdout)
            self.assertEqual(len(server.asked), len(HYPOTHESES))
            return result["before"]["wer"], result["after"]["wer"], result["counters"]

    def test_right_edits_cut_the_error_rate(self):
        right = dict(zip(HYPOTHESES.values(), REFERENCE.values()))
        before, after, counters = self.rates(right.__getitem__)
        self.assertGreater(before, 0)
        self.assertEqual(after, 0)
        self.assertEqual(counters["corrected"], 2)

    def test_bad_edits_never_raise_it(self):
        bad = {
            "other numbers": lambda text: text.replace("forty", "fourteen").replace("nine", "five"),
            "other words": lambda text: text.replace("yellow", "purple").replace("bought", "sold").replace("home", "away"),
            "explains": lambda text: f"Sure! Here is the corrected sentence: {text}",
            "answers": lambda text: "As a language model I cannot help with that.",
            "says nothing": lambda text: "",
            "translates": lambda text: "er kaufte dreiundvierzig Knoblauchzehen gestern",
            "repeats": lambda text: f"{text} {text}",
            "leaves words out": lambda text: " ".join(text.split()[:-1]),
            "turns it round": lambda text: text.replace("went", "never went").replace("bought", "not bought"),
            "other names": lambda text: text.replace("maria", "Marcus"),
        }
        for how, answer in bad.items():
            with self.subTest(how):
                before, after, counters = self.rates(answer)
                self.assertLessEqual(after, before)
                self.assertEqual(counters["corrected"], 0)


if __name__ == "__main__":
    unittest.main()
