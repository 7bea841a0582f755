"""Serves FOLDER/model.gguf and FOLDER/mmproj.gguf by llama.cpp's own HTTP server, until the process that started it is gone.

    python serve.py FOLDER [PORT]

The first line of its output is the server's address.
"""

import os
import sys
import time

import xllamacpp

folder = sys.argv[1]
parent = os.getppid()

params = xllamacpp.CommonParams()
params.model.path = f"{folder}/model.gguf"
params.mmproj.path = f"{folder}/mmproj.gguf"
params.n_ctx = 32768
params.n_parallel = 2
params.warmup = False
# Threads of ggml wait for each other in busy loops, which is slow where others want the cores as well.
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
params.port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)

while os.getppid() == parent:
    time.sleep(0.2)
# The server's threads do not let the interpreter end by itself.
os._exit(0)
