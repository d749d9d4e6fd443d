.PHONY: test short soak bench lint tools eval fuzz

# Everything, with a real browser. Installs what it needs on Debian.
test: tools
	go test -timeout 40m ./...

# Without the browser and what takes long.
short:
	go test -short ./...

# What takes too long for every run; before a release.
soak: tools
	go test ./cmd/townclerk -run TestKilledServer -kills 200 -timeout 30m -v
	go test ./cmd/townclerk -run TestChaos -turns 50 -timeout 30m -v
	go test ./cmd/townclerk -run TestRandomRuns -runs 10000 -timeout 30m -v
	go test ./bot/ledger -run TestProofs -soak -timeout 30m -v
	go test ./bot/ledger/audit -run 'TestMutations|TestLongLog' -mutations 10000 -entries 1000000 -timeout 30m -v
	go test ./bot/escalate/slack -run 'TestSoak|TestTwoClaim' -tickets 1000 -claims 1000 -timeout 60m -v
	go test ./cmd/townclerk -run TestKilledServerLosesNoInquiry -handovers 1000 -handover-kills 100 -timeout 60m -v

# Each package's benchmarks, then the whole beside others: docs/benchmarks.md.
bench:
	go test -run '^$$' -bench . -benchtime 200ms -benchmem -timeout 10m ./...
	tests/bench/run $(BENCHFLAGS)

lint:
	test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	go vet ./...
	go tool staticcheck ./...

# Figures on a folder of datasets: make eval DATA=path/to/data
eval:
	go test ./cmd/townclerk -run TestRealData -data "$(abspath $(DATA))" -v -timeout 30m

# Each fuzz target for a while.
fuzz:
	tests/fuzz $(FUZZTIME)

# The browser and its driver.
tools:
	tests/tools
