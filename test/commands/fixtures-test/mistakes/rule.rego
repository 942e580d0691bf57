package mistakes

violation contains "none" if count(input.images) > count(input.parameters.registries)
