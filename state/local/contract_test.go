package local_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/state"
	"rel/state/contract"
	"rel/state/local"
)

func TestContract(t *testing.T) {
	contract.Run(t, func(t *testing.T) contract.Subject {
		root := filepath.Join(t.TempDir(), "not", "there", "yet")
		return contract.Subject{
			Open: func(_ *testing.T, now func() time.Time) state.Backend { return local.Open(root, now) },
			Tear: func(t *testing.T, env string, deployment, bytes int) {
				path := filepath.Join(root, env, "deployments", strconv.Itoa(deployment), "journal")
				info, err := os.Stat(path)
				require.NoError(t, err)
				require.NoError(t, os.Truncate(path, info.Size()-int64(bytes)))
			},
		}
	})
}
