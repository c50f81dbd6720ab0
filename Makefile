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
LAUNCHES ?= 500
MACHINES ?= 1
FAULTS  ?= .
MUTATE  ?= .
FUZZ    ?= .
FUZZTIME ?= 10s
SOAK    ?= 10m
comma   := ,
# What is written for the processor: how gorun starts, signals; and what a run is for.
ARM64_TESTS = CommandRunsInAScopeOfItsOwn,GorunExitsWithTheCommandsStatus,EnvironmentDescribesTheScope,ExecReplacesGorun,$\
	TimeLimitEndsTheRunAndSaysSo,CommandThatIgnoresTheTimeLimitIsKilled,StopOnRequestIsReportedAndSentOnce,$\
	TermToTheSupervisorEndsTheCommand,CommandInheritsSignalsDescriptorsAndLimits,CommandGetsEverySignalOnce,$\
	EarlySignalsEndTheRunAsTheyWouldTheCommand,CommandHasTheSignalsOfTheCallerWithEveryOption,$\
	ForwardedSignalOfALogoutLeavesTheCommandRunning,LeaseIsHeldWhileAScopeLives,DetachedJobOutlivesTheLogout,$\
	BuildSurvivesALostConnection,SetuidGorunRefusesAllButItsOwnersCalls,Conformance
# What takes longest comes first, beside what takes less.
UNIT     = ./internal/supervise ./internal/entry $(shell $(GO) list ./... | grep -v -e '^gorun/integration$$' -e '^gorun/integration/rig')
VERSION  = $(shell sed -n 's/^const release = "\(.*\)"/\1/p' cmd/gorun/version.go)
# The time in packages: that of the commit.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)
# gorun has no home yet, and so no address.
export MAINTAINER ?= The gorun authors <gorun@localhost.localdomain>
PREFIX  ?= /usr/local
PACKAGE_ARCH ?= $(shell $(GO) env GOARCH)
NFPM     = github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.4
SBOM     = github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.9.0
LINT     = honnef.co/go/tools/cmd/staticcheck@v0.7.0

.PHONY: help build man install uninstall deb rpm lint-deb dist demo record test unit compile-unit test-matrix test-arm64 test-repeat survival conformance storm bench faults soak mutate fuzz check setup images clean

help: ## print this
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

build: ## build bin/gorun
	@$(GOBUILD) -o bin/gorun ./cmd/gorun

man: build ## make the manual pages in man/, and the licences of all that is linked
	@$(GO) run ./docs/cmd/manual
	@$(GO) run ./docs/cmd/licences -o man/copyright

install: bin/gorun man/gorun.1 ## install into DESTDIR and PREFIX=/usr/local
	@packaging/install.sh "$(DESTDIR)$(PREFIX)"

uninstall: ## remove what make install has installed
	@packaging/install.sh -r "$(DESTDIR)$(PREFIX)"

bin/gorun:
	@$(MAKE) --no-print-directory build

man/gorun.1:
	@$(MAKE) --no-print-directory man

deb: man ## make a Debian package in dist/
	@packaging/package.sh deb $(VERSION) $(PACKAGE_ARCH) "$(GO) run $(NFPM)"

rpm: man ## make an RPM package in dist/
	@packaging/package.sh rpm $(VERSION) $(PACKAGE_ARCH) "$(GO) run $(NFPM)"

lint-deb: deb ## check the Debian package with lintian
	@packaging/lint.sh dist/gorun_$(VERSION)_$(PACKAGE_ARCH).deb

dist: man ## make archives for amd64 and arm64 in dist/, with an SBOM and checksums; reproducible
	@rm -rf dist && mkdir -p dist
	@for arch in amd64 arm64; do \
		GOOS=linux GOARCH=$$arch $(GOBUILD) -o dist/$$arch/gorun ./cmd/gorun && \
		packaging/archive.sh dist/$$arch/gorun gorun-$(VERSION)-linux-$$arch || exit; \
	done
	@packaging/sbom.sh dist/amd64/gorun v$(VERSION) dist/gorun-$(VERSION).cdx.json "$(GO) run $(SBOM)"
	@rm -r dist/amd64 dist/arm64 && cd dist && sha256sum gorun-* > SHA256SUMS && cat SHA256SUMS

demo: setup ## show what gorun does, on a real systemd; RIG=vm shows all limits
	@RIG=$(RIG) $(GO) run ./integration/cmd/demo

record: setup ## play the demo of README.md, and write what it prints there and into docs/
	@$(GO) run ./integration/cmd/demo -record

test: setup ## test all promises in short, on systemd 257
	@$(MAKE) --no-print-directory -j3 build compile-unit images SUITES=trixie
	@$(GOTEST) -tests gorun/integration -- -race $(UNIT) -- GORUN_SUITES=trixie -short -count=1 -timeout 30m ./integration
	@echo "Not run here: the tests above that take long, and systemd 252, 254 and 262. 'make test-matrix' runs all."

test-matrix: setup build deb rpm images ## run all integration tests on systemd 252, 257 and 262, and those of make test on 254
	@GORUN_SUITES=trixie $(GOTEST) -tests gorun/integration -- -count=1 -timeout 20m ./integration/rig ./integration/embedded
	@GORUN_SUITES=$(SUITES) GORUN_VM_SUITES=$(VM_SUITES) GORUN_SHORT_SUITES=$(SHORT_SUITES) GORUN_DONE_SUITES=$(DONE_SUITES) \
		$(GOTEST) -tests gorun/integration -- -count=1 -timeout 80m ./integration

test-repeat: setup build ## run the short integration tests N=20 times on SUITES=trixie; RUN= picks tests
	@GORUN_SUITES=$(SUITES) $(GOTEST) -- -short -count=$(N) -timeout 0 -run '$(RUN)' ./integration
test-repeat: SUITES = trixie

unit: ## vet, and test without a systemd
	@$(GO) vet ./...
	@$(GOTEST) -- -race $(UNIT)

compile-unit:
	@$(GO) vet ./...
	@$(GO) test -race -exec true $(UNIT) >/dev/null # compiles only

test-arm64: RUN = ^Test($(subst $(comma),|,$(ARM64_TESTS)))$$
test-arm64: ## test launch, signals and survival with the arm64 binary, in an emulated machine; takes an hour
	@./integration/setup.sh arm64
	@GOARCH=arm64 $(GOBUILD) -o bin/gorun-arm64 ./cmd/gorun
	@$(GO) run ./integration/cmd/rig -build -vm trixie-arm64
	@GORUN_SUITES=trixie-arm64 $(GOTEST) -- -v -count=1 -timeout 0 -run '$(RUN)' ./integration

survival: setup build ## print what survives a logout, on each systemd
	@cd integration && GORUN_PEERS=yes GORUN_SUITES=$(SUITES) $(GO) test -count=1 -timeout 80m -run '^TestSurvivalTable$$'

conformance: setup build ## compare commands alone, under gorun and under other launchers
	@cd integration && GORUN_PEERS=yes GORUN_SUITES=$(SUITES) $(GO) test -count=1 -timeout 30m -run '^TestConformance$$'

storm: ## test signals at any moment, ten rounds
	@GORUN_ROUNDS=10 $(GO) test -count=1 -timeout 20m -run '^(TestTermAtAnyMoment|TestStopAndContinue|TestMemoryIsBounded|TestInterruptReachesACommand)' ./internal/supervise

bench: setup build ## compare gorun's speed with systemd-run's; ROUNDS=250
	@$(GO) run ./integration/cmd/bench -rounds $(ROUNDS) $(if $(JSON),-json $(JSON))

faults: setup build ## start gorun many times while it or systemd fails; LAUNCHES=500 of each case, FAULTS= picks cases, RIG=vm
	@$(GO) run ./integration/cmd/faults $(if $(filter vm,$(RIG)),-vm) -launches $(LAUNCHES) -machines $(MACHINES) -suites $(SUITES) -run '$(FAULTS)' $(if $(JSON),-json $(JSON))

soak: setup build ## start gorun 5000 times in SOAK=10m, 64 at a time, while a little of all goes wrong; on SUITES=trixie
	@$(GO) run ./integration/cmd/faults -soak $(SOAK) -launches 5000 -suites $(SUITES)
soak: SUITES = trixie

mutate: setup build images ## break each promise in a copy of the code, and see a test fail; MUTATE= picks promises
	@$(GO) run ./integration/cmd/mutate -run '$(MUTATE)'

fuzz: ## fuzz all parsers of outside input, FUZZTIME=10s each; FUZZ= picks targets
	@$(GO) run ./integration/cmd/fuzz -time $(FUZZTIME) -run '$(FUZZ)'

check: ## run the linters, also for arm64, and the tests of the code for other processors
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'not gofmt-ed'; exit 1; }
	@$(GO) vet ./...
	@GOARCH=arm64 $(GO) vet ./cmd/... ./internal/...
	@$(GO) run $(LINT) ./...
	@$(GO) run ./integration/cmd/house
	@$(GO) run ./integration/cmd/mutate -check
	@$(GOTEST) -- -tags portable ./internal/signals ./internal/supervise
	@if command -v lintian >/dev/null; then $(MAKE) --no-print-directory lint-deb; else echo 'no lintian here: make test-matrix checks the Debian package'; fi

setup:
	@./integration/setup.sh

images:
	@$(GO) run ./integration/cmd/rig -build -vm $(subst $(comma), ,$(SUITES))

clean: ## remove what was built, and the images of the test machines
	@$(GO) run ./integration/cmd/rig -clean
	@rm -rf bin man dist
