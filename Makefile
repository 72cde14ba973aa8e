# 绘声：make setup 安装，make serve 启动。 The logic is in tools/setup.py.
PYTHON ?= python3
BIN := .venv/bin
UV := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url

# Tests start hundreds of processes: without bytecode each would compile the program anew, a second every time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup train-setup dev serve check quick-tests test tests test-reliability lint types format bench bench-sambert bench-serve eval-emotion eval-text eval-voice bench-peers train-frontend train-voice samples picture wheel lock clean

setup:
	@command -v $(PYTHON) >/dev/null || { echo "错误：没有找到 $(PYTHON)，请安装 Python 3.11 或更新的版本。 Install Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) tools/setup.py $(SETUP_FLAGS)

serve: setup
	@exec $(BIN)/huisheng serve $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT))

train-setup: SETUP_FLAGS := --train
train-setup: setup

dev: SETUP_FLAGS := --dev
dev: setup

# What needs no model, no browser and no socket: about a minute, before each commit.
WITH_MODELS := $(addprefix tests/unit/,acoustic benchmarks cli engines export recipes tools training tuning vocoder test_convnext.py)
QUICK := tests/architecture tests/golden $(filter-out $(WITH_MODELS),$(wildcard tests/unit/[!_]*))

check:
	@$(MAKE) --jobs 2 --no-print-directory types lint quick-tests

quick-tests: dev
	@$(BIN)/pytest --quick --quiet $(QUICK)

test:
	@$(MAKE) --jobs 2 --no-print-directory types lint tests

# These count memory, descriptors and time: they have the machine for themselves, after the others.
ALONE := $(addprefix tests/reliability/,test_clients.py test_overload.py test_soak.py)

tests: dev
	@status=0; \
	$(BIN)/pytest --quiet --numprocesses 3 --dist loadfile --no-loadscope-reorder $(addprefix --ignore ,$(ALONE)) tests || status=$$?; \
	$(BIN)/pytest --quiet $(ALONE) || status=$$?; \
	exit $$status

test-reliability: dev
	@status=0; \
	$(BIN)/pytest tests/reliability --thorough --timeout 7200 || status=$$?; \
	$(BIN)/pytest --quiet --postgres $(addprefix tests/unit/server/,accounts admin billing) \
		$(addprefix tests/integration/accounts/,test_charging.py test_open_doors.py) || status=$$?; \
	exit $$status

lint: dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m tools.lint

types: dev
	@$(BIN)/basedpyright

format: dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup
	@$(BIN)/python -m benchmarks.speed --engine "$(ENGINE)" $(BENCH_FLAGS)

bench-sambert: dev
	@$(BIN)/python -m benchmarks.sambert $(BENCH_FLAGS)

bench-serve: dev
	@$(BIN)/python -m benchmarks.serving $(BENCH_FLAGS)

bench-peers: dev
	@$(BIN)/python -m benchmarks.peers $(BENCH_FLAGS)

eval-emotion: dev
	@$(BIN)/python -m benchmarks.emotion --package builtin --write docs/guides/built-in-emotion-measured.md $(EVAL_FLAGS)
	@$(BIN)/python -m benchmarks.emotion --write docs/guides/emotion-measured.md $(EVAL_FLAGS)

eval-text: setup
	@$(BIN)/python -m benchmarks.text $(EVAL_FLAGS)

eval-voice: dev
	@$(BIN)/python -m benchmarks.voice --write $(EVAL_FLAGS)

train-voice: train-setup
	@$(BIN)/python -m recipes.builtin $(STAGES)

train-frontend: setup
	@$(BIN)/python -m recipes.frontend.train $(NAMES)

samples: setup
	@$(BIN)/python -m tools.showcase.samples

picture: dev
	@$(BIN)/python -m tools.showcase.picture

wheel: setup
	@rm -rf build/wheel build/lib build/bdist.*
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir build/wheel .
	@$(BIN)/python -m zipfile -l build/wheel/huisheng-*.whl | grep -c -e server/page/index.html -e listening/page.html | grep -qx 2 || { echo "错误：安装包里缺少网页，请运行 make setup 后重试。 The wheel lacks a page; run make setup." >&2; exit 1; }
	@$(BIN)/python -m zipfile -l build/wheel/huisheng-*.whl | grep -q voices/builtin/manifest.json || { echo "错误：安装包里没有内置音色，请恢复 src/huisheng/voices 后重试。 The wheel lacks the built-in voice; restore src/huisheng/voices." >&2; exit 1; }

lock:
	$(UV) requirements/build.in -o requirements/build.txt
	$(UV) pyproject.toml --extra server --extra accounts -c requirements/build.txt -o requirements/runtime.txt
	$(UV) requirements/train.in -c requirements/runtime.txt -o requirements/train.txt
	$(UV) requirements/train-cuda.in -c requirements/runtime.txt -c requirements/train.txt -o requirements/train-cuda.txt
	$(UV) requirements/dev.in -c requirements/runtime.txt -c requirements/train.txt -o requirements/dev.txt
	$(UV) requirements/node.in -o requirements/node.txt
	$(UV) requirements/eval.in -o requirements/eval.txt
	$(UV) requirements/bench.in -o requirements/bench.txt

clean:
	rm -rf .venv .venv-eval .venv-bench build web/node_modules src/huisheng/server/page src/huisheng/listening/page.html src/huisheng.egg-info
