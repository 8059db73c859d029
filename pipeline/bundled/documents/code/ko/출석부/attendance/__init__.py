# SPDX-License-Identifier: Apache-2.0
"""동네 학원을 위한 출석부. 출결을 적고, 수강료를 계산하고, 문자 문안을 만든다."""
