# Each target is one line of what a person would type.
GO ?= go
N  ?= 20000

build: ; CGO_ENABLED=0 $(GO) build -trimpath -o bin/rel .
demo: build ; $(GO) run ./fixtures/demo -rel bin/rel
test: ; $(GO) test ./...
# the scripts' processes start slowly with the race detector, and share no memory
race: ; $(GO) test -race $$($(GO) list ./... | grep -v fixtures/scripts)
# real servers (nginx, HAProxy, wrk) that the tests start on loopback
test-servers: ; $(GO) test -tags servers -count=1 ./balancer/...
# nothing needs lab hosts yet
test-lab: ; $(GO) vet -tags lab ./...
simulate: ; $(GO) test ./executor/simulation -run Simulate -count=1 -v -timeout 0 -simulate.n=$(N)
bench: ; $(GO) test -run '^$$' -bench . -benchmem ./... && $(GO) test -tags servers -run '^$$' -bench Proxies ./balancer/embedded
lint: bin/golangci-lint ; bin/golangci-lint run ./...
bin/golangci-lint: tools/go.mod tools/go.sum ; cd tools && $(GO) build -o ../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint
cross: ; for t in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64; do GOOS=$${t%/*} GOARCH=$${t#*/} $(GO) vet ./... || exit 1; done
ci: lint cross race test-servers test-lab simulate demo bench

.PHONY: build demo test race test-servers test-lab simulate bench lint cross ci
