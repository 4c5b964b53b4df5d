package artifact

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// twentyMB is a release of 200 files that packs as programs do: to about half.
func twentyMB() []item {
	source := rand.New(rand.NewPCG(1, 2))
	var items []item
	for i := range 200 {
		body := make([]byte, 100<<10)
		for j := range body {
			body[j] = byte(source.IntN(16))
		}
		items = append(items, item{name: fmt.Sprintf("lib/%d/file%d", i%10, i), body: string(body), mode: 0o644})
	}
	return items
}

func BenchmarkUnpack20MB(b *testing.B) {
	items := twentyMB()
	for _, kind := range archiveKinds {
		b.Run(kind, func(b *testing.B) {
			data := pack(b, kind, items...)
			a := Artifact{Name: "shop", Kind: kind, Size: int64(len(data))}
			b.SetBytes(20 << 20)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				dir := filepath.Join(b.TempDir(), "into")
				require.NoError(b, Unpack(b.Context(), bytes.NewReader(data), a, dir, DefaultLimits()))
				require.NoError(b, os.RemoveAll(dir))
			}
		})
	}
}

func BenchmarkResolveUnchanged20MB(b *testing.B) {
	dir := b.TempDir()
	write(b, filepath.Join(dir, "shop.tar.gz"), pack(b, KindTarGz, twentyMB()...))
	cache := testCache(b)
	req := Request{Source: "shop.tar.gz", Insecure: true, Contains: []string{"lib/1/file1", "lib/*/file7"}, Dir: dir}
	for range 2 { // the second time the cache's own file is noted too
		_, err := Resolve(b.Context(), cache, req)
		require.NoError(b, err)
	}
	b.ReportAllocs()
	for b.Loop() {
		_, err := Resolve(b.Context(), cache, req)
		require.NoError(b, err)
	}
}
