# The targets run integration/setup.sh, which installs missing packages.
GO      ?= go
GOBUILD  = CGO_ENABLED=0 $(GO) build -buildvcs=auto -trimpath -tags urfave_cli_no_docs -ldflags='-s -w -E gorun_entry -X runtime.godebugDefault=asyncpreemptoff=1,containermaxprocs=0,updatemaxprocs=0'
GOTEST   = $(GO) run ./integration/cmd/gotest
RIG     ?= container
SUITES  ?= bookworm,bookworm-backports,trixie,forky
SHORT_SUITES ?= bookworm-backports
DONE_SUITES  ?=
VM_SUITES ?= trixie
RUN     ?= .
N       ?= 20
ROUNDS  ?= 250
comma   := ,
# What takes longest comes first, beside what takes less.
UNIT     = ./internal/supervise ./internal/entry $(shell $(GO) list ./... | grep -v -e '^gorun/integration$$' -e '^gorun/integration/rig')
LINT     = honnef.co/go/tools/cmd/staticcheck@v0.7.0

.PHONY: help build demo test unit test-matrix test-repeat survival conformance storm bench check setup images clean

help: ## print this
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

build: ## build bin/gorun
	@$(GOBUILD) -o bin/gorun ./cmd/gorun

demo: setup ## show what gorun does, on a real systemd; RIG=vm shows all limits
	@RIG=$(RIG) $(GO) run ./integration/cmd/demo

test: setup ## test all promises in short, on systemd 257
	@$(MAKE) --no-print-directory -j3 build unit images SUITES=trixie
	@GORUN_SUITES=trixie $(GOTEST) -tests -- -short -count=1 -timeout 30m ./integration
	@echo "Not run here: the tests above that take long, and systemd 252, 254 and 262. 'make test-matrix' runs all."

test-matrix: setup build images ## run all integration tests on systemd 252, 257 and 262, and those of make test on 254
	@GORUN_SUITES=trixie $(GOTEST) -tests -- -count=1 -timeout 20m ./integration/rig ./integration/embedded
	@GORUN_SUITES=$(SUITES) GORUN_VM_SUITES=$(VM_SUITES) GORUN_SHORT_SUITES=$(SHORT_SUITES) GORUN_DONE_SUITES=$(DONE_SUITES) \
		$(GOTEST) -tests -- -count=1 -timeout 80m ./integration

test-repeat: setup build ## run the short integration tests N=20 times on SUITES=trixie; RUN= picks tests
	@GORUN_SUITES=$(SUITES) $(GOTEST) -- -short -count=$(N) -timeout 0 -run '$(RUN)' ./integration
test-repeat: SUITES = trixie

unit: ## vet, and test without a systemd
	@$(GO) vet ./...
	@$(GOTEST) -- -race $(UNIT)

survival: setup build ## print what survives a logout, on each systemd
	@cd integration && GORUN_PEERS=yes GORUN_SUITES=$(SUITES) $(GO) test -count=1 -timeout 80m -run '^TestSurvivalTable$$'

conformance: setup build ## compare commands alone, under gorun and under other launchers
	@cd integration && GORUN_PEERS=yes GORUN_SUITES=$(SUITES) $(GO) test -count=1 -timeout 30m -run '^TestConformance$$'

storm: ## test signals at any moment, ten rounds
	@GORUN_ROUNDS=10 $(GO) test -count=1 -timeout 20m -run '^(TestTermAtAnyMoment|TestStopAndContinue|TestMemoryIsBounded|TestInterruptReachesACommand)' ./internal/supervise

bench: setup build ## compare gorun's speed with systemd-run's; ROUNDS=250
	@$(GO) run ./integration/cmd/bench -rounds $(ROUNDS) $(if $(JSON),-json $(JSON))

check: ## run the linters, also for arm64, and the tests of the code for other processors
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'not gofmt-ed'; exit 1; }
	@$(GO) vet ./...
	@GOARCH=arm64 $(GO) vet ./cmd/... ./internal/...
	@$(GO) run $(LINT) ./...
	@$(GO) run ./integration/cmd/house
	@$(GOTEST) -- -tags portable ./internal/signals ./internal/supervise

setup:
	@./integration/setup.sh

images:
	@$(GO) run ./integration/cmd/rig -build -vm $(subst $(comma), ,$(SUITES))

clean: ## remove bin/gorun and the images of the test machines
	@$(GO) run ./integration/cmd/rig -clean
	@rm -rf bin
