"""From a spec to files: template source, preview, write, update. The only importer of copier."""
