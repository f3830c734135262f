"""Code from elsewhere by the machinery of imports: paths, archives, shared objects, frozen modules.

native: path, spec, zip
"""
import importlib.machinery
import importlib.util
import sys


def handler(event, context):
    folder = event["folder"]

    def by_path():
        sys.path.insert(0, folder)
        import planted

        return planted.MARK

    def by_spec():
        spec = importlib.util.spec_from_file_location("elsewhere", f"{folder}/planted.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.MARK

    def by_zip():
        import zipimport

        return zipimport.zipimporter(f"{folder}/planted.zip").load_module("packed").MARK

    def by_library():
        loader = importlib.machinery.ExtensionFileLoader("native", f"{folder}/native.so")
        return loader.create_module(importlib.machinery.ModuleSpec("native", loader))

    def by_hook():
        sys.path_hooks.append(importlib.machinery.FileFinder.path_hook((importlib.machinery.SourceFileLoader, [".py"])))
        sys.meta_path.append(importlib.machinery.PathFinder)
        sys.path_importer_cache.clear()
        sys.modules.pop("planted", None)
        return importlib.import_module("planted").MARK

    return {
        "path": tried(by_path), "spec": tried(by_spec), "zip": tried(by_zip), "library": tried(by_library), "hook": tried(by_hook),
        "runpy": tried(lambda: __import__("runpy").run_path(f"{folder}/planted.py")["MARK"]),
        "imp": tried(lambda: __import__("_imp").create_dynamic(importlib.machinery.ModuleSpec("x", None, origin=f"{folder}/native.so"))),
        "exec": tried(lambda: needed(exec(open(f"{folder}/planted.py").read()) or None)),
    }
