# Pinxit's commands. `make help` lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# A prompt is text, not make syntax: it reaches the scripts unexpanded, through the environment.
override PROMPT := $(value PROMPT)
export PROMPT

# Where `make dataset` writes, and what `make train` trains.
DATA ?= .scratch/data
MODEL ?= .scratch/model

# Tests run optimised, in a build folder of their own, because `@testable` changes the flags.
TEST_FLAGS ?= -c release -Xswiftc -enable-testing --scratch-path .build/tests

# Where `make install` puts everything, and what stands before it while a package is made.
PREFIX ?= /usr/local
DESTDIR ?=
export PREFIX DESTDIR

# MPI=1 builds what can train on several machines, and needs OpenMPI wherever it runs; MPI=0 and
# MPI= do not.
MPI ?=
ifneq ($(filter-out 0 no off,$(MPI)),)
export PINXIT_MPI := on
endif

.PHONY: help deps build install uninstall deb paint paint-compare serve test test-page test-postgres test-deployment test-clients test-c2pa test-mpi test-kills test-train-kills test-load client fuzz lint docs format parity parity-clip bench-peers bench-server dataset train

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## Install the system libraries that are missing (Debian, Ubuntu)
	@scripts/install-dependencies

build: deps ## Build the pinxit command and its server, optimised (MPI=1: to train on many machines)
	@swift build -c release --product pinxit
	@swift build -c release --product pinxit-server

install: deps ## Install in PREFIX (/usr/local): command, models, recipes, completions, manual
	@scripts/install

uninstall: ## Take away what make install put in PREFIX
	@scripts/install --remove

deb: deps ## Build a Debian package in .build
	@scripts/deb

paint: ## Paint a picture: make paint PROMPT="a red apple"; prints its path
	@scripts/paint

paint-compare: ## Paint PROMPT with every painter, side by side; prints the sheet's path
	@scripts/paint compare

serve: ## Serve the playground and the image APIs; prints the address (PORT=7860)
	@scripts/serve $(if $(PORT),--port $(PORT))

# OpenMP's threads soon sleep while they wait: spinning ruins everything where another program runs.
# The command sees to it by itself.
test: export GOMP_SPINCOUNT ?= 5000
test: deps ## Build and run every test
	@swift build --build-tests $(TEST_FLAGS)
	@swift test --skip-build $(TEST_FLAGS)

test-page: build ## Test the playground in Chromium: make test-page ONLY="mask queue"
	@Tests/Page/check $(ONLY)

client: deps ## Build a client of the libraries, by path in debug and by URL in release
	@Tests/Client/check

test-postgres: export GOMP_SPINCOUNT ?= 5000
test-postgres: deps ## Test the store on PostgreSQL: the same tests, then KILLS=30 kills
	@swift build --build-tests $(TEST_FLAGS)
	@scripts/with-postgres swift test --skip-build $(TEST_FLAGS) \
		--filter '^(ServingTests|HTTPAPITests\.SharedStoreTests)'
	@scripts/with-postgres Tests/Clients/kills.py "$$(swift build $(TEST_FLAGS) --show-bin-path)" \
		$(or $(KILLS),30)

test-deployment: ## Check systemd's units, Kubernetes' manifests and the compose file
	@scripts/check-deployment

test-clients: build ## Have OpenAI's clients, three versions, and webuiapi ask the server
	@Tests/Clients/check

test-c2pa: build ## Have c2pa-python read signed pictures, and find changed ones out
	@Tests/Clients/c2pa_check

test-mpi: build ## Train across two network namespaces, as root: make test-mpi MPI=1
	@Tests/Machines/check

test-kills: build ## Kill server and workers KILLS=200 times; nothing is lost or done twice
	@Tests/Clients/kills.py .build/release $(or $(KILLS),200)

test-train-kills: build ## Kill training KILLS=100 times; it ends with the same bits
	@Tests/Clients/train_kills.py .build/release $(or $(KILLS),100)

test-load: build ## Load the server: LOAD="clients 200", "queue 10000" or "soak 60" (minutes)
	@swift build -c release --product PinxitFakePainter
	@Tests/Clients/load.py .build/release $(or $(LOAD),clients 200)

fuzz: deps ## Fuzz every parser and configuration: make fuzz SECONDS=60 ONLY="picture json"
	@scripts/fuzz $(or $(SECONDS),60) $(ONLY)

lint: ## Check format, rooms and arrows, comments, links
	@scripts/lint

docs: deps ## Build the library's documentation (DocC) in .build/docs
	@scripts/docs

format: ## Format every Swift file
	@swift format format --in-place --parallel --recursive Package.swift Sources Tests

parity: build ## Compare with Hugging Face diffusers, live (PARITY_PYTHON=... to use your own; FULL=1: LoRA, single file, pictures and SDXL at full size, 24 GB)
	@scripts/parity $(if $(FULL),--full)

parity-clip: build ## Compare CLIPs in every layout with Hugging Face transformers, live
	@scripts/python scripts/parity_clip.py

bench-peers: build ## Time PyTorch's training steps, drawing of picture tokens, Stable Diffusion and LoRAs of it here and in its peers (PARITY_PYTHON=...)
	@scripts/python Benchmarks/torch_training.py
	@.build/release/pinxit bench dalle
	@scripts/python Benchmarks/dalle_torch.py
	@scripts/python Benchmarks/inference_peers.py
	@scripts/python Benchmarks/start_to_file.py
	@scripts/python Benchmarks/lora_step.py

bench-server: build ## Measure what the server adds to painting: starts, events, overhead, /healthz
	@Benchmarks/server.py .build/release

dataset: build ## Build the training pictures in DATA
	@.build/release/pinxit dataset --download --output "$(DATA)"

train: build ## Train MODEL on DATA, stage after stage (hours)
	@scripts/train "$(DATA)" "$(MODEL)"
