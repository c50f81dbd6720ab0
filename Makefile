# Everything here sets itself up: integration/setup.sh installs what is missing.
GO           ?= go
GOBUILD       = CGO_ENABLED=0 $(GO) build -buildvcs=auto -trimpath -tags urfave_cli_no_docs -ldflags='-s -w -E gorun_entry'
SUITES       ?= bookworm,trixie,forky
SLOW_SUITES  ?= trixie
UNIT          = $(shell $(GO) list ./... | grep -v '^gorun/integration')
LINT          = honnef.co/go/tools/cmd/staticcheck@v0.7.0

.PHONY: build test test-matrix storm survival conformance check demo setup clean

build:
	$(GOBUILD) -o bin/gorun ./cmd/gorun

test: setup build
	$(GO) vet ./...
	$(GO) test -race $(UNIT)
	$(GO) test -tags portable ./internal/signals ./internal/supervise
	GOARCH=arm64 $(GO) vet ./cmd/... ./internal/...
	GORUN_SUITES=trixie $(GO) test -count=1 ./integration/rig
	GORUN_SUITES=$(SUITES) GORUN_SLOW_SUITES=$(SLOW_SUITES) $(GO) test -count=1 -timeout 80m ./integration

# All of the integration tests on each: three times what test has of virtual machines.
test-matrix: setup build
	GORUN_SUITES=$(SUITES) $(GO) test -count=1 -timeout 120m ./integration

check:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'not gofmt-ed'; exit 1; }
	$(GO) vet ./...
	$(GO) run $(LINT) ./...
	./integration/check-imports.sh

survival: setup build
	cd integration && GORUN_SUITES=$(SUITES) $(GO) test -count=1 -timeout 30m -run '^TestSurvivalTable$$'

conformance: setup build
	cd integration && GORUN_PEERS=yes GORUN_SUITES=$(SUITES) $(GO) test -count=1 -timeout 30m -run '^TestConformance$$'

storm:
	GORUN_ROUNDS=10 $(GO) test -count=1 -timeout 20m -run '^(TestTermAtAnyMoment|TestStopAndContinue)' ./internal/supervise

demo: setup build
	$(GO) run ./integration/cmd/demo

setup:
	@./integration/setup.sh

clean:
	rm -rf bin
