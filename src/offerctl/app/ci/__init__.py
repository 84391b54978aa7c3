"""What the GitHub workflows run: plan a pull request, apply a merge, re-assert what was confirmed."""
