# Targets for people and for .ci/run. "make" alone says what there is.
GO       ?= go
FUZZTIME ?= 10s
SERVERS  := postfix exim4-daemon-heavy libnss-wrapper sendmail-bin redis-server swaks spamc python3-dkim python3-authres 7zip clamav-daemon rspamd miltertest libc-icap-mod-virus-scan spamassassin
SHARED   := $(or $(WEIR_SHARED),$(CURDIR)/../shared)
# Of packages: what is made of a commit without a tag comes before the version that will have one.
VERSION  ?= 0.0~$(shell git log -1 --format=%cd.%h --date=format:%Y%m%d%H%M)
STRICT   := $(if $(filter true,$(CI)),-strict)

export CGO_ENABLED ?= 0

.DEFAULT_GOAL := help
.PHONY: fit help build test race clock hyperscan bench compare bayes lint fuzz soak deb image deps

help: ## say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-11s %s\n", $$1, $$2}' Makefile

build: ## compile the weir command into ./weir
	$(GO) build -o weir .

test: .cache/testlog ## run all tests, against real servers too; nothing is installed
	$(GO) test -json -timeout 15m ./... | .cache/testlog $(STRICT)

race: ## run the tests under the race detector (needs a C compiler), the long ones shortened
	CGO_ENABLED=1 $(GO) test -race -short -timeout 20m ./...

clock: ## run the tests with the clock a day, a year and ten years ahead
	for days in 1 366 3653; do .ci/clock $$days || exit; done

hyperscan: ## test and measure rules with the build tag hyperscan (needs gcc, pkg-config, libhyperscan-dev or libvectorscan-dev)
	@pkg-config --exists libhs && command -v gcc >/dev/null || { echo "HYPERSCAN NOT TESTED: apt-get install gcc libc6-dev pkg-config libhyperscan-dev"; test "$$CI" != true; exit; }; \
	set -ex; export CGO_ENABLED=1; $(GO) vet -tags hyperscan . ./rules/...; $(GO) test -tags hyperscan ./rules/...; \
	$(GO) test -tags hyperscan -run '^$$' -bench StockRules -benchtime 5000x ./rules

bench: ## print what Weir costs beside Postfix's own proxy filter and, as a milter, beside Rspamd, and what parsing, rules, learning and authentication cost
	$(GO) run ./gateway/bench
	$(GO) run ./gateway/bench -milter
	$(GO) test -run '^$$' -bench . -benchmem ./message ./rules
	$(GO) test -run '^$$' -bench Sender -benchmem ./filters/all
	$(GO) test -run '^$$' -bench Learn/.*/bayes -benchtime 1x ./gateway/learn
	$(GO) test -run '^$$' -bench Learn/.*/one_by -benchtime 1000x ./gateway/learn
	$(GO) test -run '^$$' -bench Learn -benchtime 1500x ./gateway/http
	$(GO) test -run '^$$' -bench Scan -benchtime 2000x ./gateway/http

compare: .cache/weir ## Weir beside Rspamd on the same mail, as ../shared/peers/compare.sh measures (root, Rspamd, Redis; 4 minutes): docs/performance.md
	work=$$(mktemp -d) && chmod 755 $$work && \
	PEERS_WORK=$$work $(SHARED)/peers/compare.sh --cmd 'exec $(CURDIR)/gateway/bench/compare/start.sh $(CURDIR)/.cache/weir' --json .cache/compare.json $(COMPARE); \
	code=$$?; $(GO) run ./gateway/bench/compare/losses $$work/acc-*.tsv; rm -rf $$work; exit $$code

oracle: ## how the rules engine agrees with what SpamAssassin's stock rules hit (../shared/oracle/hits.tsv), rule by rule (needs Debian's spamassassin package): docs/oracle.md
	$(GO) run ./rules/oracle $(ORACLE)

oracle-live: ## the same for mail made for the rules that no message of hits.tsv hits, judged by the installed SpamAssassin (5 minutes)
	$(GO) run ./rules/oracle -live $(ORACLE)

bayes: ## measure the statistical classifier on ../shared/corpora, as docs/bayes.md shows it
	$(GO) test ./filters/bayes -run 'TestMeasure|TestWeights|TestStuffing' -measure -count=1 -v -timeout 30m

fit: ## fit the scores of the stock rules on ../shared/corpora and write rules/stock/99_scores.cf (docs/stock.md)
	$(GO) run ./rules/fit -shared $(SHARED) -write

lint: .cache/staticcheck ## check formatting, go vet and staticcheck
	@unformatted=$$(git ls-files -co --exclude-standard '*.go' | xargs gofmt -l); \
	test -z "$$unformatted" || { echo "gofmt would change:"; echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	cd tools && $(GO) vet ./... && $(GO) test ./...
	.cache/staticcheck ./...

fuzz: ## fuzz every parser for FUZZTIME (10s) each
	.ci/fuzz $(FUZZTIME)

soak: ## 10,000 mails through Weir to a real Postfix while Weir is killed 200 times, and 2,000 with Weir as its milter (root)
	$(GO) test -count=1 -timeout 30m -v -run 'TestSoak/B15|TestMilterSoak' ./gateway/soak -mails 10000 -kills 200

deb: ## build a Debian package in .cache/packages (VERSION=…), with Hyperscan where its headers are (WEIR_TAGS= without)
	packaging/deb/build $(VERSION) .cache/packages

image: ## build a container image, as a tar archive in OCI's layout, in .cache/packages (VERSION=…)
	packaging/image/build $(VERSION) .cache/packages

deps: ## fetch what tests need: Go modules, linters, Debian servers into the cache (not installed); a C compiler if root
	$(GO) mod download
	cd tools && $(GO) mod download
	$(GO) run ./gateway/realtest/fetch $(SERVERS)
	@command -v gcc >/dev/null || { test "$$(id -u)" = 0 && apt-get install -y --no-install-recommends gcc libc6-dev; } || \
		echo "for make race: sudo apt-get install gcc libc6-dev"

.PHONY: .cache/weir
.cache/weir:
	$(GO) build -o .cache/weir .

# The tools are built from their own module, at the versions in tools/go.mod.
.cache/testlog: tools/testlog/main.go tools/go.mod
	@mkdir -p .cache
	@cd tools && $(GO) build -o ../.cache/testlog ./testlog

.cache/staticcheck: tools/go.mod tools/go.sum
	@mkdir -p .cache
	@cd tools && $(GO) build -o ../.cache/staticcheck honnef.co/go/tools/cmd/staticcheck
